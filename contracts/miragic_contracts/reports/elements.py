"""Elements of XML and HTML as values. Text is escaped when they are written, never before."""

from __future__ import annotations

from xml.etree import ElementTree

from ..harmless import harmless

Element = ElementTree.Element


def element(tag: str, *children: Element | str, **attributes: str | int | float) -> Element:
    """Make an element. The argument `class_` gives the attribute `class`, `stroke_width` `stroke-width`."""
    named = {name.rstrip("_").replace("_", "-"): _clean(str(value)) for name, value in attributes.items()}
    made = ElementTree.Element(tag, named)
    for child in children:
        if not isinstance(child, str):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + _clean(child)
        else:
            made.text = (made.text or "") + _clean(child)
    return made


def _clean(text: str) -> str:
    """Replace what steers a terminal, and what no XML document may hold (XML 1.0, section 2.2)."""
    # ElementTree escapes markup, but writes a control character as it is, and no parser takes the file then.
    return harmless(text).replace("\ufffe", "�").replace("\uffff", "�")
