"""Finding demo people and moving in the web client."""

import unicodedata


def by_login(server, login: str) -> dict:
    """Return the demo person with that login."""
    return next(person for person in server.people if person["login"] == login)


def follow(locator) -> None:
    """Click a link or the button of a form, and wait until the whole page it leads to is there."""
    with locator.page.expect_navigation():
        locator.click()


def put_into_basket(page, address: str) -> None:
    """Open the page of a listing and put one piece into the basket."""
    page.goto(address)
    # The button is dead until the shop's scripts have come and have been started.
    page.wait_for_selector("body[is-ready=true]")
    with page.expect_response(lambda response: "/shop/cart/add" in response.url):
        page.locator("#add_to_cart").click()


def open_client(page, path: str) -> None:
    """Open a page of the staff's web client and wait until it shows its view."""
    page.goto(f"/odoo/{path}", wait_until="commit")
    page.wait_for_selector(".o_action_manager > *")
    page.wait_for_function("!document.querySelector('.o_blockUI')")


#: notes whether a click has reached a button
WATCH = """() => {
    window.kdcClicked = false;
    document.addEventListener("click", (event) => {
        window.kdcClicked ||= Boolean(event.target.closest("button"));
    }, {capture: true});
}"""


def press(page, name: str, *, confirm: bool = False) -> None:
    """Press the button of a form by its method, and the confirmation that may follow; wait until it has worked."""
    button = page.locator(f".modal button[name={name}]:visible, .o_form_view button[name={name}]:visible").first
    with page.expect_response(lambda response: f"/{name}" in response.url):
        click_surely(button)
        if confirm:
            answer = page.locator(".modal .modal-footer .btn-primary")
            assert answer.inner_text() not in ("Ok", "OK"), f"the question of {name} is not answered by what is done"
            click_surely(answer)
    page.wait_for_function("!document.querySelector('.o_blockUI')")


def click_surely(button) -> None:
    """Click a button of the web client as a person does, who clicks again when nothing has happened.

    Leaving a field draws the form anew, and a click whose two halves fall before and after that is none.
    """
    button.page.evaluate(WATCH)
    for _attempt in range(5):
        button.click()
        if button.page.evaluate("window.kdcClicked"):
            return
    raise AssertionError(f"no click reaches {button}")


def field(page, name: str):
    """Return the widget of a field of the open form."""
    return page.locator(f".o_form_view .o_field_widget[name={name}], .modal .o_field_widget[name={name}]").first


def choose_file(page, name: str, file_name: str, content: bytes) -> None:
    """Choose a file for a binary field of the open form."""
    with page.expect_file_chooser() as chooser:
        field(page, name).locator("button, .o_select_file_button").first.click()
    chooser.value.set_files({"name": file_name, "mimeType": "application/octet-stream", "buffer": content})


def upload(page, name: str, file_name: str, content: bytes) -> None:
    """Put a file into a binary field of the open form."""
    choose_file(page, name, file_name, content)
    page.wait_for_function(
        """name => [...document.querySelectorAll(`.o_field_widget[name=${name}] input`)].some(input => input.value)""",
        arg=name,
    )


def choose(page, scope, name: str, label: str) -> None:
    """Choose a value of a selection field inside ``scope`` by its label."""
    scope.locator(f"[name={name}] input").first.click()
    page.locator(".o_select_menu_item").get_by_text(label, exact=True).first.click()


def look_up(page, scope, name: str, words: str) -> None:
    """Type ``words`` into a field that points to a record, and take the first that is offered."""
    box = scope.locator(f"[name={name}] input").first
    box.click()
    with page.expect_response(lambda response: "name_search" in response.url):
        box.fill(words)
    page.locator(".o-autocomplete--dropdown-item", has_text=words).first.click()


def rpc(page, model: str, method: str, *arguments):
    """Call a method of the server as the person of this page, as the web client does."""
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/{method}",
        data={"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": arguments, "kwargs": {}}},
    ).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def folded(text: str) -> str:
    """Return a name as somebody types it without diacritics."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return bare.replace("đ", "d").replace("Đ", "D").lower()
