/** @odoo-module ignore **/
/* On the sign-in page: forget the cases of the inspection round. A result that was not sent names its case itself. */
window.kdcForget("kdc-inspection", "inspection_unsent", (lists) => lists.clear());
