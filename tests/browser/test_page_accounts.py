"""Sign in, register, set up the first admin; what is wrong is said beside its field."""

from playwright.async_api import Page, expect

from tests.browser.page_server import PageServer


async def test_signs_in_and_returns_to_where_it_was_asked(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/knowledge")
    await expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    await page.get_by_role("link", name="Sign in").click()
    form = page.locator("#login")
    await form.get_by_role("button", name="Sign in").click()
    await expect(form.get_by_text("Please enter your password.")).to_be_visible()
    await form.get_by_label("E-mail address").fill("eli@dealer.test")
    await form.get_by_label("Password", exact=True).fill("wrong password")
    await page.keyboard.press("Enter")
    await expect(form.get_by_role("alert")).to_contain_text("is not right")
    await expect(form.get_by_label("E-mail address")).to_have_value("eli@dealer.test")
    await form.get_by_label("Password", exact=True).fill("a good password")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/knowledge")
    await expect(page.get_by_role("heading", name="Add documents")).to_be_visible()


async def test_registers_and_says_what_is_wrong_beside_the_field(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/login")
    await page.get_by_role("tab", name="Sign in").focus()
    await page.keyboard.press("ArrowRight")
    form = page.locator("#register")
    await form.get_by_label("Your name").fill("Jane")
    await form.get_by_label("E-mail address").fill("taken@dealer.test")
    await form.get_by_label("Password", exact=True).fill("short")
    await form.get_by_role("button", name="Create account").click()
    await expect(form.get_by_label("Password", exact=True)).to_be_focused()
    await form.get_by_label("Password", exact=True).fill("long enough now")
    await form.get_by_role("button", name="Create account").click()
    await expect(form.locator("#register-email-problem")).to_contain_text("Sign in instead")
    await form.get_by_label("E-mail address").fill("jane@dealer.test")
    await form.get_by_role("button", name="Create account").click()
    await page.wait_for_url("**/chat")
    await page.get_by_role("button", name="Menu").click()
    await expect(page.get_by_text("Signed in as Jane")).to_be_visible()


async def test_sets_up_the_first_admin(page: Page, page_server: PageServer) -> None:
    await page.goto("/login?setup=one-use-word")
    form = page.locator("#setup")
    await form.get_by_label("Your name").fill("Ada")
    await form.get_by_label("E-mail address").fill("ada@dealer.test")
    await form.get_by_label("Password", exact=True).fill("a good password")
    await form.get_by_role("button", name="Create the admin account").click()
    await page.wait_for_url("**/knowledge")
    sent = page_server.uploads[0]
    assert (sent["action"], sent["token"], sent["name"]) == ("setup", "one-use-word", "Ada")


async def test_signing_out_begins_a_conversation_of_its_own(
    page: Page, page_server: PageServer
) -> None:
    page_server.name = "Jane"
    await page.goto("/chat?session=before")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/chat?session=web-*")
    await page.get_by_role("button", name="Menu").click()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()


async def test_whoever_is_signed_in_sees_it(page: Page, page_server: PageServer) -> None:
    page_server.name = "Jane"
    await page.goto("/login?next=/knowledge")
    await expect(page.get_by_role("heading", name="You are signed in as Jane.")).to_be_visible()
    await expect(page.get_by_role("link", name="Continue")).to_have_attribute("href", "/knowledge")


async def test_not_found_is_a_page_with_a_next_step(page: Page, page_server: PageServer) -> None:
    response = await page.goto("/nothing-here")
    assert response is not None
    assert response.status == 404
    await page.get_by_role("link", name="Open the chat").click()
    await page.wait_for_url("**/chat")
