package atoll.verify;

import static atoll.emit.X64Assembler.*;
import static atoll.verify.Contract.*;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.emit.X64Assembler;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the verifier accepts, and how little more it takes for it to refuse. */
class PieceVerifierTest {
  private static final int ORIGIN = 0x2000;
  private static final int ELSEWHERE = 0x1800;
  private static final int HEADER = 0x10_0000;
  private static final int LOAD_SLOT = HEADER + 16;
  private static final int STORE_SLOT = HEADER + 32;
  private static final SlotTable SLOTS = new SlotTable(HEADER, 2, 0b10);

  private final X64Assembler a = new X64Assembler();

  /** The middle of a piece; the second is a label that leads to an exit. */
  interface Middle extends BiConsumer<X64Assembler, Integer> {}

  private static Arguments code(String what, Middle middle) {
    return Arguments.of(what, middle);
  }

  static List<Arguments> accepted() {
    return List.of(
        code(
            "a load",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "a store of a register from the state block",
            (a, miss) -> {
              lookUp(a, STORES, 4, miss);
              a.load(true, RDX, at(RBP, X1));
              a.store(false, at(RAX, RCX, 0, 0), RDX);
            }),
        code(
            "an atomic access",
            (a, miss) -> {
              lookUpAligned(a, STORES, 8, miss);
              a.lockXadd(true, at(RAX, 0), RCX);
            }),
        code(
            "a block of zeroes",
            (a, miss) -> {
              a.aluImmediate(AND, true, RAX, -64);
              lookUpAligned(a, STORES, 1, miss);
              a.storeUnaligned(at(RAX, 48), 0);
            }),
        code(
            "a copy of a host address",
            (a, miss) -> {
              lookUpAligned(a, STORES, 4, miss);
              a.mov(RCX, RAX);
              a.load(true, RAX, at(RBP, X1));
              a.lockCmpxchg(false, at(RCX, 0), RDX);
            }),
        code(
            "a loop",
            (a, miss) -> {
              int again = a.label();
              a.bind(again);
              a.alu(ADD, true, RBX, RSI);
              a.jump(NOT_EQUAL, again);
            }),
        code(
            "a division",
            (a, miss) -> {
              a.test(true, RCX, RCX);
              a.jump(EQUAL, miss);
              a.aluImmediate(CMP, true, RCX, -1);
              a.jump(EQUAL, miss);
              a.signIntoRdx(true);
              a.unary(IDIV, true, RCX);
            }),
        code(
            "an exit that is resumed",
            (a, miss) -> {
              a.constantFixed(RAX, SLOW | 0x450);
              a.callTo(EXIT_RESUMABLY);
              a.mov(RBX, RSI);
            }),
        code("a fence", (a, miss) -> a.storeFence()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("accepted")
  void accepts(String what, Middle middle) {
    assertThatCode(() -> verify(middle, null)).doesNotThrowAnyException();
  }

  static List<Arguments> refused() {
    return List.of(
        code("an access by a register", (a, miss) -> a.load(true, RBX, at(RSI, 0))),
        code("an access on the stack", (a, miss) -> a.load(true, RBX, at(RSP, 8))),
        code("a register that must stay", (a, miss) -> a.mov(RBP, RAX)),
        code("the stack pointer", (a, miss) -> a.aluImmediate(ADD, true, RSP, 8)),
        code("a push", (a, miss) -> a.push(RAX)),
        code("a return", (a, miss) -> a.ret()),
        code("a field that is secret", (a, miss) -> a.load(true, RBX, at(RBP, SECRET))),
        code("a store to one that is read", (a, miss) -> a.store(true, at(RBP, READ_ONLY), RBX)),
        code("a store over more than one", (a, miss) -> a.storeUnaligned(at(RBP, X1), 0)),
        code("a table's address", (a, miss) -> a.load(true, RBX, at(RBP, LOADS))),
        code("an index into the state", (a, miss) -> a.load(true, RBX, at(RBP, RAX, 0, X1))),
        code(
            "a larger access than compared",
            (a, miss) -> {
              lookUp(a, LOADS, 4, miss);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "another place than compared",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.load(true, RBX, at(RAX, RCX, 0, 1));
            }),
        code(
            "a store by the table for loads",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.store(true, at(RAX, RCX, 0, 0), RBX);
            }),
        code(
            "a load by the table for stores",
            (a, miss) -> {
              lookUp(a, STORES, 8, miss);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "a table that is none",
            (a, miss) -> {
              lookUp(a, SECRET, 8, miss);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "an address that has changed",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.aluImmediate(ADD, true, RAX, 8);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "an addend that has changed",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.setcc(EQUAL, RCX);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "a jump between comparison and access",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              int access = a.label();
              a.bind(access);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
              a.jump(EQUAL, access);
            }),
        code(
            "a call between comparison and access",
            (a, miss) -> {
              lookUp(a, LOADS, 8, miss);
              a.callTo(OTHER);
              a.load(true, RBX, at(RAX, RCX, 0, 0));
            }),
        code(
            "a host address and more",
            (a, miss) -> {
              lookUpAligned(a, STORES, 8, miss);
              a.load(true, RBX, at(RAX, 8));
            }),
        code(
            "a host address and less",
            (a, miss) -> {
              lookUpAligned(a, STORES, 8, miss);
              a.load(true, RBX, at(RAX, -8));
            }),
        code(
            "a block that is not aligned",
            (a, miss) -> {
              lookUpAligned(a, STORES, 1, miss);
              a.storeUnaligned(at(RAX, 0), 0);
            }),
        code(
            "half a host address",
            (a, miss) -> {
              lookUpAligned(a, LOADS, 8, miss);
              a.mov32(RCX, RAX);
              a.load(true, RBX, at(RCX, 0));
            }),
        code("a division that may trap", (a, miss) -> a.unary(IDIV, true, RCX)),
        code("a control word from anywhere", (a, miss) -> a.ldmxcsr(at(RBP, X1))),
        code("a call that fills slots", (a, miss) -> a.callTo(FILL_SLOTS)),
        code("a second look into the jump cache", (a, miss) -> a.jumpTo(LOOK_UP_AGAIN)),
        code("a jump to no entry", (a, miss) -> a.jumpTo(ELSEWHERE + 1)),
        code("a call of no subroutine", (a, miss) -> a.callTo(ELSEWHERE)),
        code("a jump by a register", (a, miss) -> a.jumpRegister(RAX)),
        code("a jump into an instruction", (a, miss) -> a.jumpTo(a.here() - 2)),
        code(
            "a jump to an exit's call",
            (a, miss) -> {
              int call = a.label();
              a.constantFixed(RAX, SLOW);
              a.bind(call);
              a.callTo(EXIT_RESUMABLY);
              a.jump(call);
            }),
        code("an exit without a code", (a, miss) -> a.jumpTo(EXIT)),
        code(
            "an exit that says it is resumed, and is not",
            (a, miss) -> {
              a.constantFixed(RAX, SLOW);
              a.jumpTo(EXIT);
            }),
        code(
            "an exit that says its code is gone",
            (a, miss) -> {
              a.constantFixed(RAX, STALE);
              a.callTo(EXIT_RESUMABLY);
            }),
        code("a jump into the head that is overwritten", (a, miss) -> a.jumpTo(ORIGIN + 4)),
        code(
            "a slot where there are none",
            (a, miss) -> {
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void refuses(String what, Middle middle) {
    assertThatThrownBy(() -> verify(middle, null)).isInstanceOf(RefusedCodeException.class);
  }

  static List<Arguments> acceptedInRegions() {
    return List.of(
        code(
            "a load by a slot",
            (a, miss) -> {
              slot(a, RBX, 24, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 24));
            }),
        code(
            "a store by a slot",
            (a, miss) -> {
              slot(a, RBX, 24, 1, STORE_SLOT, miss);
              a.store8(at(RBX, RCX, 0, 24), RSI);
            }),
        code(
            "a slot where the tables were not switched",
            (a, miss) -> {
              int refused = a.label();
              a.callTo(SWITCHING);
              a.jump(BELOW, refused);
              a.jumpTo(ELSEWHERE);
              a.bind(refused);
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "a refill",
            (a, miss) -> {
              int back = a.label();
              a.bind(back);
              a.lea(true, RDX, atOffset(STORE_SLOT));
              a.callTo(REFILL_STORE);
              a.jump(BELOW, miss);
              a.jump(back);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("acceptedInRegions")
  void acceptsInARegion(String what, Middle middle) {
    assertThatCode(() -> verify(middle, SLOTS)).doesNotThrowAnyException();
  }

  static List<Arguments> refusedInRegions() {
    return List.of(
        code(
            "a store by a slot for loads",
            (a, miss) -> {
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.store(true, at(RBX, RCX, 0, 0), RSI);
            }),
        code(
            "a load by a slot for stores",
            (a, miss) -> {
              slot(a, RBX, 0, 8, STORE_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "what is between two slots",
            (a, miss) -> {
              slot(a, RBX, 0, 8, LOAD_SLOT + 8, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "a slot too many",
            (a, miss) -> {
              slot(a, RBX, 0, 8, STORE_SLOT + 16, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "another base than compared",
            (a, miss) -> {
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RDI, RCX, 0, 0));
            }),
        code(
            "a slot after the tables may have changed",
            (a, miss) -> {
              a.callTo(SWITCHING);
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "a slot where the tables were switched",
            (a, miss) -> {
              int switched = a.label();
              a.callTo(SWITCHING);
              a.jump(ABOVE_EQUAL, switched);
              a.jumpTo(ELSEWHERE);
              a.bind(switched);
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "a look at a flag that another way leads to",
            (a, miss) -> {
              int refused = a.label();
              int look = a.label();
              a.callTo(SWITCHING);
              a.bind(look);
              a.jump(BELOW, refused);
              a.jump(look);
              a.bind(refused);
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "a slot after some may have been filled",
            (a, miss) -> {
              int filled = a.label();
              a.lea(true, RAX, atOffset(HEADER));
              a.callTo(FILL_SLOTS);
              a.jump(ABOVE_EQUAL, filled);
              a.bind(filled);
              slot(a, RBX, 0, 8, LOAD_SLOT, miss);
              a.load(true, RSI, at(RBX, RCX, 0, 0));
            }),
        code(
            "slots that are filled and are none",
            (a, miss) -> {
              int filled = a.label();
              a.lea(true, RAX, atOffset(HEADER + 16));
              a.callTo(FILL_SLOTS);
              a.jump(ABOVE_EQUAL, filled);
              a.bind(filled);
            }),
        code(
            "a refill from the other table",
            (a, miss) -> {
              int back = a.label();
              a.bind(back);
              a.lea(true, RDX, atOffset(STORE_SLOT));
              a.callTo(REFILL_LOAD);
              a.jump(BELOW, miss);
              a.jump(back);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedInRegions")
  void refusesInARegion(String what, Middle middle) {
    assertThatThrownBy(() -> verify(middle, SLOTS)).isInstanceOf(RefusedCodeException.class);
  }

  /** Assembles a piece around its middle, as blocks and regions are, and verifies it. */
  private void verify(Middle middle, SlotTable slots) {
    a.begin(ORIGIN);
    int miss = a.label();
    int body = a.label();
    a.aluImmediate(SUB, true, R15, 5);
    a.jump(LESS, miss);
    a.bind(body);
    middle.accept(a, miss);
    link(a);
    a.bind(miss);
    a.constantFixed(RAX, BUDGET | 0x7f0);
    a.jumpTo(EXIT);
    int entry = slots == null ? ORIGIN : a.here();
    if (slots != null) {
      enterRegion(body);
    }
    a.finish();
    EntryPoints entries = new EntryPoints(1, 1 << 20);
    entries.add(ELSEWHERE, true);
    PieceVerifier verifier = new PieceVerifier(state(), EXITS, entries);
    verifier.routines(ROUTINES);
    verifier.verify(a.bytes(), a.size(), ORIGIN, new int[] {entry}, 1, slots);
  }

  private void enterRegion(int body) {
    int refresh = a.label();
    int enter = a.label();
    a.bind(enter);
    a.load(true, RAX, at(RBP, EPOCH));
    a.alu(CMP, true, RAX, atOffset(HEADER));
    a.jump(NOT_EQUAL, refresh);
    a.jump(body);
    a.bind(refresh);
    a.lea(true, RAX, atOffset(HEADER));
    a.callTo(FILL_SLOTS);
    a.jump(ABOVE_EQUAL, enter);
    a.constantFixed(RAX, REFRESH | 0x120);
    a.jumpTo(EXIT);
  }
}
