#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile the register database lib/regs.yaml to C.

    gen-regs.py tables REGS.YAML OUT   what lib/regs.c looks registers up in
    gen-regs.py ids REGS.YAML OUT      constants for those who write registers

The database is checked first; what is wrong with it is named by block,
register and field. The output depends on the input alone, and is written
under another name and then renamed, so that a broken run leaves no half file.
"""

import os
import sys

import yaml

ACCESS = ("RO", "RW", "W1C", "RO_W1C")
ROLES = {
    "plain": "RKR_REG_PLAIN",
    "geometry": "RKR_REG_GEOMETRY",
    "link": "RKR_REG_LINK",
    "address": "RKR_REG_ADDRESS",
}
BLOCK_SPAN = 0x1000  # a block's registers lie in the 4 KiB from its base
ADDRESS_ENCODING = "addr16"

BLOCK_KEYS = {"name", "base", "target", "qword_target", "op_enable_bit", "registers"}
REGISTER_KEYS = {"name", "offset", "access", "role", "fields"}
FIELD_KEYS = {"name", "msb", "lsb", "desc", "encoding", "enum", "access"}
SPECIAL_KEYS = {"name", "target", "desc"}


class BadDatabase(Exception):
    """The database breaks a rule; the text says where and which."""


class Loader(yaml.SafeLoader):
    """A loader that refuses a key written twice (YAML would keep the last)."""


def construct_unique(loader, node):
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise BadDatabase(f"line {key_node.start_mark.line + 1}: key {key!r} appears twice")
        seen.add(key)
    return loader.construct_mapping(node)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_unique)


def need(condition, where, problem):
    if not condition:
        raise BadDatabase(f"{where}: {problem}")


def need_keys(entry, where, allowed, required):
    need(isinstance(entry, dict), where, "is not a mapping")
    for key in entry:
        need(key in allowed, where, f"unknown key {key!r}")
    for key in required:
        need(key in entry, where, f"has no {key!r}")


def need_int(value, where, what, low, high):
    # YAML's true and false are ints to Python.
    need(isinstance(value, int) and not isinstance(value, bool), where, f"{what} is not a number")
    need(low <= value <= high, where, f"{what} {value:#x} is not in {low:#x}..{high:#x}")


def need_name(entry, where):
    name = entry.get("name") if isinstance(entry, dict) else None
    need(isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.upper(),
         where, f"the name {name!r} is not of capitals, digits and underscores")
    return name


def check_field(field, where, encodings):
    need_keys(field, where, FIELD_KEYS, ("name", "msb", "lsb", "desc"))
    need_int(field["msb"], where, "msb", 0, 31)
    need_int(field["lsb"], where, "lsb", 0, 31)
    need(field["msb"] >= field["lsb"], where, f"msb {field['msb']} is below lsb {field['lsb']}")
    need(isinstance(field["desc"], str) and field["desc"], where, "desc is empty")
    need(field.get("access", "RW") in ACCESS, where, f"unknown access {field.get('access')!r}")
    if "encoding" in field:
        need(field["encoding"] in encodings, where, f"unknown encoding {field['encoding']!r}")
    if "enum" in field:
        need(isinstance(field["enum"], dict) and field["enum"], where, "enum is not a mapping")
        for value, name in field["enum"].items():
            need_int(value, where, "enum value", 0, field_mask(field))
            need(isinstance(name, str) and name, where, f"the name of value {value} is not text")


def check_register(reg, where, block, encodings):
    need_keys(reg, where, REGISTER_KEYS, ("name", "offset", "access", "fields"))
    need_int(reg["offset"], where, "offset", block["base"], block["base"] + BLOCK_SPAN - 4)
    need(reg["offset"] % 4 == 0, where, f"offset {reg['offset']:#06x} is not a multiple of 4")
    need(reg["access"] in ACCESS, where, f"unknown access {reg['access']!r}")
    need(reg.get("role", "plain") in ROLES, where, f"unknown role {reg.get('role')!r}")
    need(isinstance(reg["fields"], list) and reg["fields"], where, "has no fields")

    names = set()
    above = None
    for i, field in enumerate(reg["fields"]):
        name = need_name(field, f"{where}, field {i}")
        check_field(field, f"{where}.{name}", encodings)
        need(name not in names, where, f"two fields are named {name}")
        names.add(name)
        for other in reg["fields"][:i]:
            need(field["msb"] < other["lsb"] or field["lsb"] > other["msb"], where,
                 f"fields {other['name']} [{other['msb']}:{other['lsb']}] and "
                 f"{name} [{field['msb']}:{field['lsb']}] overlap")
        need(above is None or field["msb"] < above["lsb"], where,
             f"field {name} is not below the one before it")
        above = field

    # What is relocated must also be known as an address to the differ, and the other way round.
    if address_mask(reg):
        need(reg.get("role") in ("address", "link"), where,
             f"has a field of encoding {ADDRESS_ENCODING}, so its role must be address or link")
    else:
        need(reg.get("role") != "address", where,
             f"has the role address but no field of encoding {ADDRESS_ENCODING}")


def check_block(block, where, encodings):
    need_keys(block, where, BLOCK_KEYS, BLOCK_KEYS)
    need_int(block["base"], where, "base", 0, 0xf000)
    need(block["base"] % BLOCK_SPAN == 0, where,
         f"base {block['base']:#x} is not a multiple of {BLOCK_SPAN:#x}")
    if block["qword_target"] is None:
        need(block["target"] is None, where, "has a target but no qword_target")
    else:
        need_int(block["qword_target"], where, "qword_target", 1, 0xffff)
        need_int(block["target"], where, "target", 1, 0xffff)
        need(block["qword_target"] == block["target"] | 1, where, "qword_target is not target | 1")
    if block["op_enable_bit"] is not None:
        need_int(block["op_enable_bit"], where, "op_enable_bit", 0, 31)
    need(isinstance(block["registers"], list) and 0 < len(block["registers"]) < 255, where,
         "needs 1 to 254 registers")

    names = {}
    last = None
    for i, reg in enumerate(block["registers"]):
        name = need_name(reg, f"{where}, register {i}")
        check_register(reg, f"{where}.{name}", block, encodings)
        need(name not in names, where, f"two registers are named {name}")
        names[name] = reg
        if last is not None:
            need(reg["offset"] != last["offset"], where,
                 f"registers {last['name']} and {name} have the same offset {reg['offset']:#06x}")
            need(reg["offset"] > last["offset"], where,
                 f"register {name} at {reg['offset']:#06x} stands after "
                 f"{last['name']} at {last['offset']:#06x}")
        last = reg


def check_op_enable(blocks):
    """Each block's op_enable_bit is the bit of its field in GLOBAL.OPERATION_ENABLE."""
    by_name = {block["name"]: block for block in blocks}
    need("GLOBAL" in by_name, "blocks", "there is no block GLOBAL")
    regs = {reg["name"]: reg for reg in by_name["GLOBAL"]["registers"]}
    need("OPERATION_ENABLE" in regs, "GLOBAL", "there is no register OPERATION_ENABLE")
    bits = {field["name"]: field["lsb"] for field in regs["OPERATION_ENABLE"]["fields"]}
    for block in blocks:
        need(block["op_enable_bit"] == bits.get(f"{block['name']}_OP_EN"), block["name"],
             f"op_enable_bit {block['op_enable_bit']} is not the bit of {block['name']}_OP_EN "
             "in GLOBAL.OPERATION_ENABLE")


def check(db):
    need(isinstance(db, dict), "top level", "is not a mapping")
    need(db.get("version") == 1, "top level", f"version {db.get('version')!r} is not 1")
    for key, kind in (("qword", dict), ("encodings", dict), ("blocks", list)):
        need(isinstance(db.get(key), kind), "top level", f"{key!r} is missing or of another type")
    need(ADDRESS_ENCODING in db["encodings"], "encodings", f"{ADDRESS_ENCODING} is missing")
    need(0 < len(db["blocks"]) < 255, "blocks", "there must be 1 to 254 blocks")

    blocks = db["blocks"]
    names = set()
    targets = {}
    last = None
    for i, block in enumerate(blocks):
        name = need_name(block, f"block {i}")
        check_block(block, name, db["encodings"])
        need(name not in names, "blocks", f"two blocks are named {name}")
        names.add(name)
        need(last is None or block["base"] > last["base"], "blocks",
             f"block {name} does not have a higher base than the one before it")
        last = block
        if block["qword_target"] is not None:
            need(block["qword_target"] not in targets, "blocks",
                 f"{targets.get(block['qword_target'])} and {name} have the same qword_target")
            targets[block["qword_target"]] = name

    specials = db["qword"].get("specials")
    need(isinstance(specials, list), "qword", "'specials' is missing or of another type")
    for i, special in enumerate(specials):
        name = need_name(special, f"qword.specials, entry {i}")
        need_keys(special, f"qword.specials.{name}", SPECIAL_KEYS, SPECIAL_KEYS)
        need_int(special["target"], f"qword.specials.{name}", "target", 1, 0xffff)
        need(name not in names, "qword.specials", f"{name} names two things")
        names.add(name)
        need(special["target"] not in targets, "qword.specials",
             f"{targets.get(special['target'])} and {name} have the same target")
        targets[special["target"]] = name

    check_op_enable(blocks)


def field_mask(field):
    """The field's bits, moved down to bit 0."""
    return (1 << (field["msb"] - field["lsb"] + 1)) - 1


def address_mask(reg):
    mask = 0
    for field in reg["fields"]:
        if field.get("encoding") == ADDRESS_ENCODING:
            mask |= field_mask(field) << field["lsb"]
    return mask


def c_string(text):
    if text is None:
        return "NULL"
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif " " <= char <= "~":
            out.append(char)
        else:  # octal takes at most three digits, so what follows cannot join it
            out.extend(f"\\{byte:03o}" for byte in char.encode())
    return '"' + "".join(out) + '"'


def heading(source, purpose):
    return [
        "/* SPDX-License-Identifier: MIT */",
        f"/* Made from lib/{source} by lib/gen-regs.py: {purpose}. Edit that file, not this one. */",
    ]


def register_tables(db, lines):
    """The enums, fields and registers of each block, then the list of blocks."""
    enums = {}  # many fields share their values: each list is written once
    for block in db["blocks"]:
        for reg in block["registers"]:
            for field in reg["fields"]:
                values = tuple(sorted(field.get("enum", {}).items()))
                if not values or values in enums:
                    continue
                enums[values] = f"enum_{len(enums)}"
                lines.append(f"static const struct rkr_reg_enum {enums[values]}[] = {{")
                lines += [f"\t{{ {value}, {c_string(name)} }}," for value, name in values]
                lines += ["};", ""]

    for block in db["blocks"]:
        for reg in block["registers"]:
            lines.append(f"static const struct rkr_reg_field fields_{block['name']}_{reg['name']}[] = {{")
            for field in reg["fields"]:
                values = tuple(sorted(field.get("enum", {}).items()))
                lines.append(f"\t{{ {c_string(field['name'])}, {field['msb']}, {field['lsb']}, "
                             f"{c_string(field.get('encoding'))}, {c_string(field['desc'])}, "
                             f"{enums.get(values, 'NULL')}, {len(values)} }},")
            lines += ["};", ""]

        lines.append(f"static const struct rkr_reg regs_{block['name']}[] = {{")
        for reg in block["registers"]:
            lines.append(f"\t{{ {c_string(reg['name'])}, {reg['offset']:#06x}, {c_string(reg['access'])}, "
                         f"{ROLES[reg.get('role', 'plain')]}, {address_mask(reg):#010x}, "
                         f"fields_{block['name']}_{reg['name']}, {len(reg['fields'])} }},")
        lines += ["};", ""]

    lines.append("static const struct rkr_reg_block blocks[] = {")
    for block in db["blocks"]:
        bit = -1 if block["op_enable_bit"] is None else block["op_enable_bit"]
        lines.append(f"\t{{ {c_string(block['name'])}, {block['base']:#06x}, "
                     f"{block['qword_target'] or 0:#06x}, {bit}, "
                     f"regs_{block['name']}, {len(block['registers'])} }},")
    lines += ["};", ""]


def index_tables(db, lines):
    """Where each 32-bit slot of a block leads, and all registers in the order of their names."""
    blocks = db["blocks"]
    for block in blocks:
        slots = [0] * ((block["registers"][-1]["offset"] - block["base"]) // 4 + 1)
        for i, reg in enumerate(block["registers"]):
            slots[(reg["offset"] - block["base"]) // 4] = i + 1
        lines.append(f"static const uint8_t slots_{block['name']}[] = {{")
        for i in range(0, len(slots), 16):
            lines.append("\t" + " ".join(f"{slot}," for slot in slots[i:i + 16]))
        lines += ["};", ""]

    lines.append("static const struct slot_index slot_indexes[] = {")
    for block in blocks:
        lines.append(f"\t{{ slots_{block['name']}, RKR_ARRAY_LEN(slots_{block['name']}) }},")
    lines += ["};", ""]

    pages = [0] * (0x10000 // BLOCK_SPAN)
    for i, block in enumerate(blocks):
        pages[block["base"] // BLOCK_SPAN] = i + 1
    lines.append("static const uint8_t block_of_page[] = {")
    lines += ["\t" + " ".join(f"{page}," for page in pages), "};", ""]

    # ASCII names: Python's order is that of strcmp().
    order = sorted((block["name"], reg["name"], i, j)
                   for i, block in enumerate(blocks) for j, reg in enumerate(block["registers"]))
    lines.append("static const struct name_index name_indexes[] = {")
    lines += [f"\t{{ {i}, {j} }}, /* {block}.{reg} */" for block, reg, i, j in order]
    lines.append("};")


def make_tables(db, source):
    lines = heading(source, "the tables of lib/regs.c") + [""]
    register_tables(db, lines)
    index_tables(db, lines)
    return lines


class Constants:
    """Macro lines. Two things must not get the same name: A_B.C and A.B_C would."""

    def __init__(self):
        self.lines = []
        self.origins = {}

    def add(self, name, value, origin):
        if name in self.origins:
            raise BadDatabase(f"{self.origins[name]} and {origin}: both would be called {name}")
        self.origins[name] = origin
        self.lines.append(f"#define {name} {value}")

    def section(self, text):
        self.lines += ["", f"/* {text} */"]


def make_ids(db, source):
    out = Constants()
    out.lines = heading(source, "a constant per register and field") + [
        "#ifndef RKR_REGS_IDS_H",
        "#define RKR_REGS_IDS_H",
        "",
        "/*",
        " * RKR_TARGET_<BLOCK>             target word of a regcmd qword for this block",
        " * RKR_REG_<BLOCK>_<REG>          offset, block base included",
        " * RKR_FLD_<BLOCK>_<REG>_<FIELD>  _SHIFT and _MASK. The mask is not shifted, so that",
        " *                                (value & MASK) << SHIFT puts a value in its place",
        " *                                and (word >> SHIFT) & MASK takes it out.",
        " */",
    ]

    out.section("Targets that are no block's.")
    for special in db["qword"]["specials"]:
        out.add(f"RKR_TARGET_{special['name']}", f"{special['target']:#06x}",
                f"qword.specials.{special['name']}")
    out.section("Targets of blocks. The others can be reached by MMIO only.")
    for block in db["blocks"]:
        if block["qword_target"] is not None:
            out.add(f"RKR_TARGET_{block['name']}", f"{block['qword_target']:#06x}", block["name"])

    for block in db["blocks"]:
        for reg in block["registers"]:
            where = f"{block['name']}.{reg['name']}"
            out.section(where)
            out.add(f"RKR_REG_{block['name']}_{reg['name']}", f"{reg['offset']:#06x}", where)
            for field in reg["fields"]:
                stem = f"RKR_FLD_{block['name']}_{reg['name']}_{field['name']}"
                out.add(f"{stem}_SHIFT", field["lsb"], f"{where}.{field['name']}")
                out.add(f"{stem}_MASK", f"{field_mask(field):#x}u", f"{where}.{field['name']}")

    return out.lines + ["", "#endif"]


MAKERS = {"tables": make_tables, "ids": make_ids}


def main(argv):
    if len(argv) != 4 or argv[1] not in MAKERS:
        print(f"usage: gen-regs.py {'|'.join(MAKERS)} REGS.YAML OUT", file=sys.stderr)
        return 2
    _, what, source, out = argv
    try:
        with open(source, encoding="utf-8") as stream:
            db = yaml.load(stream, Loader)
        check(db)
        lines = MAKERS[what](db, os.path.basename(source))
        temporary = f"{out}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="ascii") as stream:
            stream.write("\n".join(lines) + "\n")
        os.replace(temporary, out)
    except (BadDatabase, OSError, UnicodeError, yaml.YAMLError) as error:
        print(f"gen-regs.py: {source}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
