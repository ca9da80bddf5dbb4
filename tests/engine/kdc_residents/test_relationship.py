import pytest
from kdc_residents_engine import relationship


@pytest.mark.parametrize(
    ("role", "sex", "head_role", "expected"),
    [
        ("head", "male", "wife", "husband"),
        ("head", "female", "husband", "wife"),
        ("head", "other", "wife", None),
        ("child", "male", "wife", "child"),
        ("father", "male", "wife", "parent_in_law"),
        ("parent_in_law", "female", "wife", "mother"),
        ("head", "male", "child", "father"),
        ("wife", "female", "child", "mother"),
        ("child", "female", "child", "sibling"),
        ("mother", "female", "child", "grandparent"),
        ("son_in_law", "male", "child", None),
        ("grandchild", "male", "child", None),
        ("head", "male", "father", "child"),
        ("mother", "female", "father", "wife"),
        ("child", "male", "mother", "grandchild"),
        ("head", "male", "sibling", "sibling"),
        ("child", "male", "sibling", "nephew_niece"),
        ("tenant", "male", "wife", "tenant"),
        ("lodger", "female", "child", "lodger"),
        ("child", "male", "tenant", None),
    ],
)
def test_turned(role, sex, head_role, expected):
    assert relationship.turned(role, sex, head_role) == expected
