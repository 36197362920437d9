"""What a Markdown file holds for a check: fenced blocks with their marks, links, names of headings."""
import re
from collections import namedtuple

# line: of the first line inside; language and marks: the words behind the opening fence
Block = namedtuple("Block", "path line language marks text")
Link = namedtuple("Link", "path line target")

FENCE = re.compile(r"^(?P<indent> *(?:> ?)*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
INLINE_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^()]*\))?)*\]"
                         r"\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?"
                         r"(?:\s+[\"'(][^\n]*?[\"')])?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^\s<>]+)>?", re.MULTILINE)
HTML_LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


class Unclosed(Exception):
    def __init__(self, line):
        super().__init__("a fence is not closed")
        self.line = line


def split(path, text):
    """(blocks, the text with the blocks blanked); raises Unclosed."""
    blocks, prose = [], []
    opened, inside, first = None, [], 0
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if opened is None:
            if match:
                opened, inside, first = match, [], number + 1
            prose.append("" if match else line)
            continue
        prose.append("")
        fence = opened["fence"]
        if match and match["fence"].startswith(fence) and not match["info"].strip():
            words = opened["info"].split()
            content = "".join(one + "\n" for one in inside)
            blocks.append(Block(path, first, words[0] if words else "", words[1:], content))
            opened = None
        else:
            indent = len(opened["indent"])
            inside.append(line[indent:] if not line[:indent].strip(" >") else line)
    if opened is not None:
        raise Unclosed(first - 1)
    return blocks, "\n".join(prose)


def links(path, prose):
    plain = CODE_SPAN.sub(lambda m: re.sub(r"[^\n]", "x", m[0]), prose)
    for pattern in (INLINE_LINK, REFERENCE, HTML_LINK):
        for match in pattern.finditer(plain):
            target = prose[match.start(1):match.end(1)]
            yield Link(path, plain.count("\n", 0, match.start(1)) + 1, target)


def anchors(prose):
    """What '#...' may name in a file: its headings as forges write them, and anchors in HTML."""
    found = set(re.findall(r"<a\b[^>]*?\b(?:id|name)\s*=\s*[\"']([^\"']+)[\"']", prose))
    headings = [match[1] for match in re.finditer(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", prose, re.MULTILINE)]
    headings += [match[1] for match in re.finditer(r"^([^\s].*)\n(?:=+|-{3,})[ \t]*$", prose, re.MULTILINE)]
    counts = {}
    for heading in headings:
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        count = counts.get(slug, 0)
        counts[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found
