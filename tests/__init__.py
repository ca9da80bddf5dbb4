"""What crosses addons: pure engines, end-to-end, deployment, launcher, benchmarks, lint."""
