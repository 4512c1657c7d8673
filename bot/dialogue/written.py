"""A text of one's own that others read: a measure, an objection, an answer."""

from scoring.refusal import Refused

LONGEST = 500  # characters


def written(text: str) -> str:
    """What was typed, without the blanks around it. Raises Refused when it is nothing, or too long."""
    said = text.strip()
    if not said:
        raise Refused("内容是空的，请输入后再发。")
    if len(said) > LONGEST:
        raise Refused(f"写得太长了，请控制在 {LONGEST} 字以内，现在是 {len(said)} 字。")
    return said
