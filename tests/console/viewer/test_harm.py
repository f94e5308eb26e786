# SPDX-License-Identifier: Apache-2.0
"""Texts of models, tools and attackers are shown, and do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.viewer import recording, scenes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


def test_nothing_in_a_hostile_trace_runs_or_is_loaded(shown: Callable[..., Page]) -> None:
    page = shown(scenes.hostile())
    for number in range(page.get_by_role("treeitem").count()):
        page.locator(f"#spans-{number}").click()
        tabs = page.locator("#detail").get_by_role("tab")
        for tab in range(tabs.count()):
            tabs.nth(tab).click()
            page.locator("#span-view summary").evaluate_all("all => all.forEach(each => each.click())")
        page.get_by_role("button", name="Close").click()
    for view in ("Graph", "Totals"):
        page.get_by_role("tab", name=view).click()
    assert page.evaluate("window.harmed") is None
    assert page.locator("body script:not([type='application/json'])").count() == 1
    assert page.locator("img, iframe, object, embed, link, a[href]").count() == 0


def test_hostile_names_lead_to_hostile_traces_that_can_be_told_apart(shown: Callable[..., Page]) -> None:
    page = shown(scenes.hostile())
    assert page.get_by_role("treeitem").count() == 21


def test_what_turns_a_line_around_is_written_out(shown: Callable[..., Page]) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "safe\u202egnp.exe\0 \ud800."}]}]
    page = shown([recording.operation(1, "chat", "owl", input__messages=said)])
    page.get_by_role("treeitem").click()
    assert page.locator(".said .text").inner_text() == "safe⟨U+202E⟩gnp.exe⟨U+0000⟩ ⟨U+D800⟩."


def test_a_key_like_proto_is_a_key_like_any_other(shown: Callable[..., Page]) -> None:
    page = shown([recording.span(1, "span", raw={"__proto__": "kept", "constructor": "too"})])
    page.get_by_role("treeitem").click()
    assert page.locator("dl.pairs").first.inner_text().split() == ["__proto__", "kept", "constructor", "too"]
    assert page.evaluate("({}).kept") is None


def test_a_text_of_megabytes_is_shown_a_piece_at_a_time(shown: Callable[..., Page]) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "word " * 600_000}]}]
    page = shown([recording.operation(1, "chat", "owl", input__messages=said)])
    page.get_by_role("treeitem").click()
    text = page.locator(".said.user .text")
    first = len(text.text_content() or "")
    assert first < 10_000
    page.get_by_role("button", name="Show more").click()
    assert first < len(text.text_content() or "") < 100_000


def test_json_that_is_nested_without_end_is_shown_as_far_as_it_can_be(shown: Callable[..., Page]) -> None:
    deep = "[" * 5000 + "]" * 5000
    page = shown([recording.operation(1, "execute_tool", "dig", tool__call__arguments=deep)])
    page.get_by_role("treeitem").click()
    assert page.locator("#span-view .said").count() == 1


def test_the_policy_lets_no_script_in_but_the_page_s_own(shown: Callable[..., Page]) -> None:
    # The browser says on its console what it did not let through.
    page = shown(scenes.trip(), watched=False)
    broken = page.evaluate(
        """async () => {
            const broken = [];
            document.addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));
            try { document.body.insertAdjacentHTML("beforeend", "<b>markup</b>"); } catch { broken.push("markup"); }
            try { document.createElement("script").text = "window.harmed = 1"; } catch { broken.push("script"); }
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/pixel.png";
            document.body.append(image);
            await new Promise((done) => image.addEventListener("error", done));
            image.remove();
            return broken;
        }"""
    )
    assert {"markup", "script", "img-src"} <= set(broken)


def test_the_page_is_ascii_beside_its_own_text(written: Callable[..., Path]) -> None:
    text = written(scenes.hostile()).read_text("utf-8")
    _, _, data = text.partition('id="summaries"')
    own, _, details = data.partition("</script>\n<script>")
    assert own.isascii()
    assert details.partition("})();\n</script>")[2].isascii()
    assert text.count("<!--") == 0
    assert text.lower().count("<script") == text.lower().count("</script>") == 4
