package atoll.emit;

import static atoll.emit.OperandForms.BOTH;
import static atoll.emit.OperandForms.DOUBLEWORD;
import static atoll.emit.OperandForms.each;
import static atoll.emit.OperandForms.general;
import static atoll.emit.OperandForms.pairs;
import static atoll.emit.OperandForms.pointer;
import static atoll.emit.OperandForms.scalar;
import static atoll.emit.OperandForms.someOperands;

import atoll.emit.OperandForms.Operand;
import java.util.Map;

/** The floating-point instructions of {@link DisassemblyTest}. */
final class FloatListings {
  private static final Map<Integer, String> FLOATS =
      Map.of(
          X64Assembler.SQRT,
          "sqrt",
          X64Assembler.FADD,
          "add",
          X64Assembler.FMUL,
          "mul",
          X64Assembler.FSUB,
          "sub",
          X64Assembler.FDIV,
          "div",
          0xf5d,
          "min",
          0xf5f,
          "max");

  private static final Map<Integer, String> BITWISE =
      Map.of(0x54, "andps", 0x55, "andnps", 0x56, "orps", 0x57, "xorps");

  private static final Map<Integer, String> FUSED =
      Map.of(0xa9, "vfmadd213", 0xab, "vfmsub213", 0xad, "vfnmadd213", 0xaf, "vfnmsub213");

  private FloatListings() {}

  private static String xmm(int r) {
    return "xmm" + r;
  }

  static void floatArithmetic(Listing l) {
    for (boolean isDouble : BOTH) {
      pairs((to, from) -> {
        String operands = " " + xmm(to) + "," + xmm(from);
        FLOATS.forEach((opcode, name) ->
            l.add(scalar(name, isDouble) + operands, a -> a.sse(opcode, isDouble, to, from)));
        l.add(scalar("ucomi", isDouble) + operands, a -> a.ucomis(isDouble, to, from));
        l.add(scalar("comi", isDouble) + operands, a -> a.comis(isDouble, to, from));
        l.add((isDouble ? "cvtsd2ss" : "cvtss2sd") + operands, a -> a.convert(isDouble, to, from));
        each(third ->
            FUSED.forEach((opcode, name) ->
                l.add(
                    scalar(name, isDouble) + operands + "," + xmm(third),
                    a -> a.fma(opcode, isDouble, to, from, third))));
      });
      for (Operand m : someOperands()) {
        each(to ->
            FLOATS.forEach((opcode, name) ->
                l.add(
                    scalar(name, isDouble) + " " + xmm(to) + "," + pointer(isDouble) + m.text(),
                    a -> a.sse(opcode, isDouble, to, m.memory()))));
      }
    }
  }

  static void wholeRegisters(Listing l) {
    pairs((to, from) -> {
      String operands = " " + xmm(to) + "," + xmm(from);
      l.add("movaps" + operands, a -> a.movaps(to, from));
      l.add("pcmpeqb" + operands, a -> a.compareBytes(to, from));
      l.add("pclmullqlqdq" + operands, a -> a.carrylessMultiply(to, from));
      for (int mode = 0; mode < 4; mode++) {
        int rounding = mode;
        l.add("roundsd" + operands + ",0x" + mode, a -> a.round(true, to, from, rounding));
        l.add("roundss" + operands + ",0x" + mode, a -> a.round(false, to, from, rounding));
      }
      BITWISE.forEach((opcode, name) -> l.add(name + operands, a -> a.bitwise(opcode, to, from)));
    });
    each(r -> l.add("psrldq " + xmm(r) + ",0x8", a -> a.shiftBytesRight(r, 8)));
  }

  static void floatMemory(Listing l) {
    for (Operand m : someOperands()) {
      each(r -> {
        for (boolean isDouble : BOTH) {
          String text = pointer(isDouble) + m.text();
          String name = scalar("mov", isDouble) + " ";
          l.add(name + xmm(r) + "," + text, a -> a.loadSse(isDouble, r, m.memory()));
          l.add(name + text + "," + xmm(r), a -> a.storeSse(isDouble, m.memory(), r));
        }
        l.add(
            "movups XMMWORD PTR " + m.text() + "," + xmm(r), a -> a.storeUnaligned(m.memory(), r));
      });
      l.add("ldmxcsr " + DOUBLEWORD + m.text(), a -> a.ldmxcsr(m.memory()));
      l.add("stmxcsr " + DOUBLEWORD + m.text(), a -> a.stmxcsr(m.memory()));
    }
  }

  static void floatConversions(Listing l) {
    for (boolean wide : BOTH) {
      pairs((one, other) -> {
        String move = wide ? "movq " : "movd ";
        l.add(move + xmm(one) + "," + general(wide, other), a -> a.movToSse(wide, one, other));
        l.add(move + general(wide, one) + "," + xmm(other), a -> a.movFromSse(wide, one, other));
        for (boolean isDouble : BOTH) {
          l.add(
              scalar("cvtsi2", isDouble) + " " + xmm(one) + "," + general(wide, other),
              a -> a.fromInteger(isDouble, wide, one, other));
          String toInteger = scalar("", isDouble) + "2si " + general(wide, one) + "," + xmm(other);
          l.add("cvt" + toInteger, a -> a.toInteger(isDouble, wide, one, other));
          l.add("cvtt" + toInteger, a -> a.toIntegerTruncated(isDouble, wide, one, other));
        }
      });
    }
  }
}
