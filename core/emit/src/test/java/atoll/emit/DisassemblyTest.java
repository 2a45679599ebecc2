package atoll.emit;

import static atoll.emit.OperandForms.BOTH;
import static atoll.emit.OperandForms.BYTE;
import static atoll.emit.OperandForms.BYTES;
import static atoll.emit.OperandForms.DOUBLEWORD;
import static atoll.emit.OperandForms.DOUBLEWORDS;
import static atoll.emit.OperandForms.QUADWORD;
import static atoll.emit.OperandForms.QUADWORDS;
import static atoll.emit.OperandForms.REGISTERS;
import static atoll.emit.OperandForms.WORD;
import static atoll.emit.OperandForms.WORDS;
import static atoll.emit.OperandForms.each;
import static atoll.emit.OperandForms.general;
import static atoll.emit.OperandForms.immediate;
import static atoll.emit.OperandForms.operands;
import static atoll.emit.OperandForms.pairs;
import static atoll.emit.OperandForms.pointer;
import static atoll.emit.OperandForms.someOperands;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.emit.OperandForms.Operand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every instruction, with every register and every form of operand, as objdump reads it. All
 * families stand in one list, so that a test finds the methods of the assembler that are in none.
 */
class DisassemblyTest {
  /** On both sides of what fits into a byte. */
  private static final int[] IMMEDIATES = {
    0, 1, -1, 127, 128, -128, -129, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private static final Map<Integer, String> ARITHMETIC =
      Map.of(
          X64Assembler.ADD, "add",
          X64Assembler.OR, "or",
          X64Assembler.AND, "and",
          X64Assembler.SUB, "sub",
          X64Assembler.XOR, "xor",
          X64Assembler.CMP, "cmp");

  private static final Map<Integer, String> SHIFTS =
      Map.of(
          X64Assembler.ROL, "rol",
          X64Assembler.ROR, "ror",
          X64Assembler.SHL, "shl",
          X64Assembler.SHR, "shr",
          X64Assembler.SAR, "sar");

  private static final Map<Integer, String> UNARY =
      Map.of(
          X64Assembler.NOT, "not",
          X64Assembler.NEG, "neg",
          X64Assembler.MUL, "mul",
          X64Assembler.IMUL, "imul",
          X64Assembler.DIV, "div",
          X64Assembler.IDIV, "idiv");

  private static final Map<Integer, String> CONDITIONS =
      Map.ofEntries(
          Map.entry(X64Assembler.BELOW, "b"),
          Map.entry(X64Assembler.ABOVE_EQUAL, "ae"),
          Map.entry(X64Assembler.EQUAL, "e"),
          Map.entry(X64Assembler.NOT_EQUAL, "ne"),
          Map.entry(X64Assembler.BELOW_EQUAL, "be"),
          Map.entry(X64Assembler.ABOVE, "a"),
          Map.entry(X64Assembler.SIGN, "s"),
          Map.entry(X64Assembler.NOT_SIGN, "ns"),
          Map.entry(X64Assembler.PARITY, "p"),
          Map.entry(X64Assembler.NO_PARITY, "np"),
          Map.entry(X64Assembler.LESS, "l"),
          Map.entry(X64Assembler.GREATER_EQUAL, "ge"),
          Map.entry(X64Assembler.LESS_EQUAL, "le"),
          Map.entry(X64Assembler.GREATER, "g"));

  private static final Map<Integer, String> EXTENSIONS =
      Map.of(
          X64Assembler.MOVZX_BYTE, "movzx",
          X64Assembler.MOVZX_WORD, "movzx",
          X64Assembler.MOVSX_BYTE, "movsx",
          X64Assembler.MOVSX_WORD, "movsx");

  private static final Map<Integer, String> COUNTS =
      Map.of(
          X64Assembler.POPCNT, "popcnt",
          X64Assembler.TZCNT, "tzcnt");

  private static final Map<Integer, String> BITS = Map.of(4, "bt", 5, "bts", 6, "btr", 7, "btc");

  /** Emits the instructions of one or a few methods, which are named. */
  private record Family(Set<String> methods, Consumer<Listing> instructions) {}

  private static Family family(String methods, Consumer<Listing> instructions) {
    return new Family(Set.of(methods.split(" ", -1)), instructions);
  }

  private static List<Family> families() {
    return List.of(
        family("at load", DisassemblyTest::everyOperand),
        family("load store store8 store16 storeImmediate", DisassemblyTest::moves),
        family("mov mov32 movsxd extend lea bswap", DisassemblyTest::registerMoves),
        family("constant constantFixed", DisassemblyTest::constants),
        family("alu aluImmediate", DisassemblyTest::arithmetic),
        family(
            "test testImmediate unary signIntoRdx imul count highestBit",
            DisassemblyTest::moreArithmetic),
        family("shift shiftByCl shiftExtended bit", DisassemblyTest::shifts),
        family("setcc cmov", DisassemblyTest::conditions),
        family("lockXadd lockCmpxchg xchg storeFence", DisassemblyTest::atomics),
        family("sse ucomis comis convert fma", FloatListings::floatArithmetic),
        family(
            "movaps bitwise compareBytes carrylessMultiply shiftBytesRight round",
            FloatListings::wholeRegisters),
        family("loadSse storeSse storeUnaligned ldmxcsr stmxcsr", FloatListings::floatMemory),
        family(
            "movToSse movFromSse fromInteger toInteger toIntegerTruncated",
            FloatListings::floatConversions),
        family(
            "jumpTo callTo jump jumpRegister push pop ret clearCarry setCarry",
            DisassemblyTest::control),
        family("atOffset", DisassemblyTest::relativeOperands));
  }

  static List<Arguments> listings() {
    return families().stream()
        .map(f -> Arguments.of(String.join(" ", new TreeSet<>(f.methods())), f.instructions()))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("listings")
  void whatIsAssembledIsWhatTheReferenceReads(
      String methods, Consumer<Listing> instructions, @TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(Disassembler.available(), "objdump for x86-64 is not installed");
    Listing listing = new Listing();
    instructions.accept(listing);
    Map<Integer, String> read = Disassembler.disassemble(listing.bytes(), Listing.ORIGIN, folder);
    assertThat(listing.size()).isPositive();
    assertThat(listing.differences(read)).isEmpty();
  }

  @Test
  void noInstructionIsLeftOut() {
    Set<String> notInstructions =
        new TreeSet<>(
            Set.of("begin", "here", "size", "bytes", "label", "bind", "offset", "call", "finish"));
    // What is known of places in the code that depend on where it lies.
    notInstructions.addAll(
        Set.of("append", "note", "references", "referenceKind", "referenceSite", "replaceable"));
    notInstructions.addAll(Set.of("word", "moved"));
    Set<String> all = new TreeSet<>();
    for (var method : X64Assembler.class.getMethods()) {
      if (method.getDeclaringClass() != Object.class) {
        all.add(method.getName());
      }
    }
    all.removeAll(notInstructions);
    families().forEach(f -> all.removeAll(f.methods()));
    assertThat(all).as("methods of X64Assembler that are not compared").isEmpty();
  }

  // ------------------------------------------------------------ operands

  private static void everyOperand(Listing l) {
    for (Operand m : operands()) {
      l.add("mov rcx,QWORD PTR " + m.text(), a -> a.load(true, X64Assembler.RCX, m.memory()));
      l.add("mov r10d,DWORD PTR " + m.text(), a -> a.load(false, X64Assembler.R10, m.memory()));
    }
  }

  /** What follows the displacement must be counted in: immediates of one and four bytes. */
  private static void relativeOperands(Listing l) {
    for (int offset : new int[] {0, 1, 0x1234, Listing.ORIGIN, 0x3fff_fff0}) {
      long m = X64Assembler.atOffset(offset);
      String text = "[0x" + Integer.toHexString(offset) + "]";
      for (int r = 0; r < REGISTERS; r++) {
        int register = r;
        l.add("mov " + QUADWORDS[r] + ",QWORD PTR " + text, a -> a.load(true, register, m));
        l.add("mov BYTE PTR " + text + "," + BYTES[r], a -> a.store8(m, register));
      }
      l.add(
          "cmp DWORD PTR " + text + ",0x7f", a -> a.aluImmediate(X64Assembler.CMP, false, m, 127));
      l.add("cmp QWORD PTR " + text + ",0x80", a -> a.aluImmediate(X64Assembler.CMP, true, m, 128));
      l.add("mov DWORD PTR " + text + ",0x5", a -> a.storeImmediate(false, m, 5));
      l.add("lock xadd DWORD PTR " + text + ",esi", a -> a.lockXadd(false, m, X64Assembler.RSI));
      l.add("movsd xmm9,QWORD PTR " + text, a -> a.loadSse(true, 9, m));
      l.add("jmp QWORD PTR " + text, a -> a.jump(m));
    }
  }

  // ------------------------------------------------------------ moves

  private static void moves(Listing l) {
    for (Operand m : someOperands()) {
      each(r -> {
        for (boolean wide : BOTH) {
          String text = pointer(wide) + m.text();
          l.add("mov " + general(wide, r) + "," + text, a -> a.load(wide, r, m.memory()));
          l.add("mov " + text + "," + general(wide, r), a -> a.store(wide, m.memory(), r));
        }
        l.add("mov " + BYTE + m.text() + "," + BYTES[r], a -> a.store8(m.memory(), r));
        l.add("mov " + WORD + m.text() + "," + WORDS[r], a -> a.store16(m.memory(), r));
      });
      for (boolean wide : BOTH) {
        for (int value : IMMEDIATES) {
          l.add(
              "mov " + pointer(wide) + m.text() + "," + immediate(wide, value),
              a -> a.storeImmediate(wide, m.memory(), value));
        }
      }
    }
  }

  private static void registerMoves(Listing l) {
    pairs((to, from) -> {
      l.add("mov " + QUADWORDS[to] + "," + QUADWORDS[from], a -> a.mov(to, from));
      l.add("mov " + DOUBLEWORDS[to] + "," + DOUBLEWORDS[from], a -> a.mov32(to, from));
      l.add("movsxd " + QUADWORDS[to] + "," + DOUBLEWORDS[from], a -> a.movsxd(to, from));
      EXTENSIONS.forEach((opcode, name) -> {
        String[] narrow = isByte(opcode) ? BYTES : WORDS;
        l.add(name + " " + QUADWORDS[to] + "," + narrow[from], a -> a.extend(opcode, to, from));
      });
    });
    for (Operand m : someOperands()) {
      each(to -> {
        l.add(
            "movsxd " + QUADWORDS[to] + "," + DOUBLEWORD + m.text(), a -> a.movsxd(to, m.memory()));
        l.add("lea " + QUADWORDS[to] + "," + m.text(), a -> a.lea(true, to, m.memory()));
        l.add("lea " + DOUBLEWORDS[to] + "," + m.text(), a -> a.lea(false, to, m.memory()));
        EXTENSIONS.forEach((opcode, name) ->
            l.add(
                name + " " + QUADWORDS[to] + "," + (isByte(opcode) ? BYTE : WORD) + m.text(),
                a -> a.extend(opcode, to, m.memory())));
      });
    }
    each(r -> {
      l.add("bswap " + QUADWORDS[r], a -> a.bswap(true, r));
      l.add("bswap " + DOUBLEWORDS[r], a -> a.bswap(false, r));
    });
  }

  private static boolean isByte(int opcode) {
    return opcode == X64Assembler.MOVZX_BYTE || opcode == X64Assembler.MOVSX_BYTE;
  }

  private static void constants(Listing l) {
    each(r -> {
      l.add("xor " + DOUBLEWORDS[r] + "," + DOUBLEWORDS[r], a -> a.constant(r, 0));
      for (long value : new long[] {1, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL}) {
        l.add("mov " + DOUBLEWORDS[r] + ",0x" + Long.toHexString(value), a -> a.constant(r, value));
      }
      for (long value : new long[] {-1, -128, Integer.MIN_VALUE}) {
        l.add("mov " + QUADWORDS[r] + ",0x" + Long.toHexString(value), a -> a.constant(r, value));
      }
      for (long value : new long[] {0x1_0000_0000L, Long.MIN_VALUE, Integer.MIN_VALUE - 1L}) {
        l.add(
            "movabs " + QUADWORDS[r] + ",0x" + Long.toHexString(value), a -> a.constant(r, value));
      }
      if (r < X64Assembler.R8) { // five bytes leave no room for a prefix
        l.add("mov " + DOUBLEWORDS[r] + ",0x0", a -> a.constantFixed(r, 0));
        l.add("mov " + DOUBLEWORDS[r] + ",0xfffffffe", a -> a.constantFixed(r, -2));
      }
    });
  }

  // ------------------------------------------------------------ integer arithmetic

  private static void arithmetic(Listing l) {
    ARITHMETIC.forEach((op, name) -> {
      for (boolean wide : BOTH) {
        pairs((to, from) ->
            l.add(
                name + " " + general(wide, to) + "," + general(wide, from),
                a -> a.alu(op, wide, to, from)));
        for (int value : IMMEDIATES) {
          each(r ->
              l.add(
                  name + " " + general(wide, r) + "," + immediate(wide, value),
                  a -> a.aluImmediate(op, wide, r, value)));
        }
        for (Operand m : someOperands()) {
          String text = pointer(wide) + m.text();
          each(r -> {
            l.add(name + " " + general(wide, r) + "," + text, a -> a.alu(op, wide, r, m.memory()));
            l.add(name + " " + text + "," + general(wide, r), a -> a.alu(op, wide, m.memory(), r));
          });
          for (int value : IMMEDIATES) {
            l.add(
                name + " " + text + "," + immediate(wide, value),
                a -> a.aluImmediate(op, wide, m.memory(), value));
          }
        }
      }
    });
  }

  private static void moreArithmetic(Listing l) {
    for (boolean wide : BOTH) {
      pairs((one, other) -> {
        l.add(
            "test " + general(wide, one) + "," + general(wide, other),
            a -> a.test(wide, one, other));
        l.add(
            "imul " + general(wide, one) + "," + general(wide, other),
            a -> a.imul(wide, one, other));
        COUNTS.forEach((opcode, name) ->
            l.add(
                name + " " + general(wide, one) + "," + general(wide, other),
                a -> a.count(opcode, wide, one, other)));
        l.add(
            "bsr " + general(wide, one) + "," + general(wide, other),
            a -> a.highestBit(wide, one, other));
      });
      each(r -> {
        for (int value : IMMEDIATES) {
          l.add(
              "test " + general(wide, r) + "," + immediate(wide, value),
              a -> a.testImmediate(wide, r, value));
        }
        UNARY.forEach(
            (op, name) -> l.add(name + " " + general(wide, r), a -> a.unary(op, wide, r)));
      });
    }
    l.add("cqo", a -> a.signIntoRdx(true));
    l.add("cdq", a -> a.signIntoRdx(false));
  }

  private static void shifts(Listing l) {
    for (boolean wide : BOTH) {
      SHIFTS.forEach((op, name) ->
          each(r -> {
            l.add(name + " " + general(wide, r) + ",cl", a -> a.shiftByCl(op, wide, r));
            for (int count : new int[] {2, 31, wide ? 63 : 7}) {
              l.add(
                  name + " " + general(wide, r) + ",0x" + Integer.toHexString(count),
                  a -> a.shift(op, wide, r, count));
            }
          }));
      for (int op : new int[] {X64Assembler.SHL, X64Assembler.SHR, X64Assembler.SAR}) {
        pairs((to, from) ->
            each(count ->
                l.add(
                    "%sx %s,%s,%s"
                        .formatted(
                            SHIFTS.get(op),
                            general(wide, to),
                            general(wide, from),
                            general(wide, count)),
                    a -> a.shiftExtended(op, wide, to, from, count))));
      }
      BITS.forEach((which, name) ->
          pairs((r, index) ->
              l.add(
                  name + " " + general(wide, r) + "," + general(wide, index),
                  a -> a.bit(which, wide, r, index))));
    }
  }

  private static void conditions(Listing l) {
    CONDITIONS.forEach((condition, name) -> {
      each(r -> l.add("set" + name + " " + BYTES[r], a -> a.setcc(condition, r)));
      for (boolean wide : BOTH) {
        pairs((to, from) ->
            l.add(
                "cmov" + name + " " + general(wide, to) + "," + general(wide, from),
                a -> a.cmov(condition, wide, to, from)));
      }
    });
  }

  private static void atomics(Listing l) {
    for (Operand m : someOperands()) {
      for (boolean wide : BOTH) {
        String text = pointer(wide) + m.text() + ",";
        each(r -> {
          l.add("lock xadd " + text + general(wide, r), a -> a.lockXadd(wide, m.memory(), r));
          l.add("lock cmpxchg " + text + general(wide, r), a -> a.lockCmpxchg(wide, m.memory(), r));
          l.add("xchg " + text + general(wide, r), a -> a.xchg(wide, m.memory(), r));
        });
      }
    }
    l.add("lock or DWORD PTR [rsp-0x8],0x0", X64Assembler::storeFence);
  }

  // ------------------------------------------------------------ control

  private static void control(Listing l) {
    for (int target : new int[] {0, Listing.ORIGIN, Listing.ORIGIN + 0x1234, 0x3fff_ffff}) {
      String text = " 0x" + Integer.toHexString(target);
      l.add("jmp" + text, a -> a.jumpTo(target));
      l.add("call" + text, a -> a.callTo(target));
      CONDITIONS.forEach(
          (condition, name) -> l.add("j" + name + text, a -> a.jumpTo(condition, target)));
    }
    each(r -> {
      l.add("jmp " + QUADWORDS[r], a -> a.jumpRegister(r));
      l.add("push " + QUADWORDS[r], a -> a.push(r));
      l.add("pop " + QUADWORDS[r], a -> a.pop(r));
    });
    for (Operand m : someOperands()) {
      l.add("jmp " + QUADWORD + m.text(), a -> a.jump(m.memory()));
      l.add("pop " + QUADWORD + m.text(), a -> a.pop(m.memory()));
    }
    l.add("ret", X64Assembler::ret);
    l.add("clc", X64Assembler::clearCarry);
    l.add("stc", X64Assembler::setCarry);
  }
}
