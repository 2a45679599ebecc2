# Writes wide.c: 4096 functions, no two alike, whose code does not depend on where it lies: no calls, no data, no jump
# tables. They are in a section of their own, so that they can be copied as a whole.
# The same file from every awk: all numbers are integers below 2^53.

function next_number(limit) {
    seed = (seed * 16807) % 2147483647
    return seed % limit
}

# One statement on the variables a and b.
function statement(    to, from, kind) {
    to = next_number(2) ? "a" : "b"
    from = to == "a" ? "b" : "a"
    kind = next_number(9)
    if (kind == 0) return to " += " from " * " (2 * next_number(5000) + 3) "u;"
    if (kind == 1) return to " ^= " from " >> " (1 + next_number(40)) ";"
    if (kind == 2) return to " -= " from " ^ " next_number(1000000) "u;"
    if (kind == 3) return to " = (" to " << " (1 + next_number(20)) ") | (" to " >> " (30 + next_number(30)) ");"
    if (kind == 4) return "if (" to " & " 2 ^ next_number(16) "u) " from " += " next_number(2000) "u; else " to " ^= " next_number(2000) "u;"
    if (kind == 5) return "if (" to " > " from ") " to " = ~" to " + " next_number(100) "u;"
    if (kind == 6) return to " += " from " & " next_number(100000) "u;"
    if (kind == 7) return "for (unsigned i = 0; i < " (2 + next_number(3)) "u; i++) " to " = " to " * " (2 * next_number(300) + 3) "u + i;"
    return to " ^= (uint32_t)" from " * " (2 * next_number(60000) + 1) "u;"
}

BEGIN {
    seed = 20261125
    count = 4096
    print "#include \"wide.h\""
    for (f = 0; f < count; f++) {
        print "\nWIDE uint64_t wide_" f "(uint64_t a, uint64_t b)\n{"
        for (lines = 5 + next_number(6); lines; lines--)
            print "    " statement()
        print "    return a + b * " (2 * f + 1) "u;\n}"
    }
    print "\nwide_t const wide[WIDE_COUNT] = {"
    for (f = 0; f < count; f++)
        printf "wide_%d,%s", f, f % 8 == 7 ? "\n" : " "
    print "};"
}
