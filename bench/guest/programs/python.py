"""Objects, dictionaries, strings, regular expressions, big integers and sorting."""
import json
import re


class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None

    def insert(self, key):
        node = self
        while True:
            side = "left" if key < node.key else "right"
            if getattr(node, side) is None:
                setattr(node, side, Node(key))
                return
            node = getattr(node, side)

    def depth(self):
        below = [child.depth() for child in (self.left, self.right) if child]
        return 1 + max(below, default=0)


def numbers(count, seed=1):
    for _ in range(count):
        seed = seed * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
        yield seed >> 33


root = Node(2**30)
for number in numbers(12000):
    root.insert(number)
print(root.depth())

words = [format(number, "x") for number in numbers(20000, 7)]
counts = {}
for word in words:
    for at in range(len(word) - 2):
        part = word[at : at + 3]
        counts[part] = counts.get(part, 0) + 1
print(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:20])

text = " ".join(words)
print(len(re.findall(r"\b[a-f][0-9]+[a-f]\w*\b", text)), re.sub(r"([0-9])\1+", r"<\1>", text)[:200])
document = {word: list(word) for word in words[:4000]}
print(sum(len(value) for value in json.loads(json.dumps(document, sort_keys=True)).values()))
print(pow(3, 20000) % (10**40), sum(number * number for number in numbers(40000, 3)))
