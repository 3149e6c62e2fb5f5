"""Small changes of a program that its tests should notice: where each can be made in a source, and the source with it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_COMPARISONS = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


REFUSAL_GOES = "refusal is taken out"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one place: the text between two positions becomes another."""

    line: int
    start: int
    end: int
    text: str
    what: str

    def made_in(self, source: str) -> str:
        """Return the source with this change."""
        return source[: self.start] + self.text + source[self.end :]


class _Places:
    """Positions of nodes as indexes of characters."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._encoded = [line.encode() for line in source.splitlines(keepends=True)]

    def at(self, line: int, column: int) -> int:
        return self._lines[line - 1] + len(self._encoded[line - 1][:column].decode())

    def of(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def text(self, node: ast.expr) -> str:
        start, end = self.of(node)
        return self.source[start:end]

    def change(self, node: ast.expr, text: str, what: str) -> Mutation:
        start, end = self.of(node)
        return Mutation(node.lineno, start, end, text, what)


def mutations_of(source: str) -> list[Mutation]:
    """Return every change of a module that can be made, in the order of its lines. Docstrings and messages stay."""
    tree, places = ast.parse(source), _Places(source)
    said = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)}
    annotated = {id(part) for note in (*_annotations(tree), *_decorators(tree)) for part in ast.walk(note)}
    found = [
        mutation
        for node in ast.walk(tree)
        if id(node) not in annotated
        for mutation in _of_node(node, places, quiet=id(node) in said)
    ]
    return sorted(found, key=lambda m: (m.start, m.end, m.text))


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) or (isinstance(node, ast.arg) and node.annotation):
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns


def _decorators(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield from node.decorator_list


def _of_node(node: ast.AST, places: _Places, *, quiet: bool) -> Iterator[Mutation]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            other = _COMPARISONS[type(op)]
            yield places.change(
                node, f"{places.text(left)} {other} {places.text(right)}", f"comparison becomes {other}"
            )
        case ast.BoolOp(op=op, values=values):
            joint, other = (" or ", "or") if isinstance(op, ast.And) else (" and ", "and")
            text = joint.join(f"({places.text(value)})" for value in values)
            yield places.change(node, f"({text})", f"becomes {other}")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield places.change(node, places.text(operand), "not is dropped")
        case ast.If(test=test) | ast.IfExp(test=test):
            yield places.change(test, f"not ({places.text(test)})", "condition is turned around")
            if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
                yield places.change(test, "False", REFUSAL_GOES)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign = "-" if isinstance(op, ast.Add) else "+"
            yield places.change(node, f"{places.text(left)} {sign} {places.text(right)}", f"becomes {sign}")
        case ast.Constant(value=bool() as value):
            yield places.change(node, str(not value), "truth is turned around")
        case ast.Constant(value=int() as value) if not quiet:
            yield places.change(node, str(value + 1), "one more")
        case ast.Return(value=ast.List(elts=[_, *_]) as told):
            yield places.change(told, "[]", "nothing happens")
        case ast.Call(keywords=keywords):
            yield from _swapped(keywords, places)


def _swapped(keywords: list[ast.keyword], places: _Places) -> Iterator[Mutation]:
    """Two neighbours that are given by name change places, as a buyer and a seller might."""
    named = [keyword for keyword in keywords if keyword.arg]
    for first, second in pairwise(named):
        one, other = places.text(first.value), places.text(second.value)
        if one != other and not isinstance(first.value, ast.Constant):
            start, end = places.of(first)[0], places.of(second)[1]
            between = places.source[places.of(first)[1] : places.of(second)[0]]
            text = f"{first.arg}={other}{between}{second.arg}={one}"
            yield Mutation(first.lineno, start, end, text, f"{first.arg} and {second.arg} change places")
