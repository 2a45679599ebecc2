package atoll.verify;

import static atoll.emit.X64Assembler.*;
import static atoll.verify.Contract.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.emit.X64Assembler;
import atoll.host.ExecutableMemory;
import atoll.host.RawMemory;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What gets into code memory, and what does not. */
class CodeGateTest {
  private static final int CODE = 1 << 20;
  private static final int SEGMENTS = 2;
  private static final int FIRST = 4096;
  private static final StateLayout LAYOUT = state();

  private final X64Assembler a = new X64Assembler();
  private CodeGate gate;

  @BeforeEach
  void open() {
    assumeTrue(ExecutableMemory.unavailable().isEmpty());
    gate = new CodeGate(X64Code.INSTANCE, CODE, CODE / 4, SEGMENTS, LAYOUT, EXITS);
    a.begin(0);
    a.ret();
    gate.install(a.bytes(), a.size(), ROUTINES);
  }

  @AfterEach
  void close() {
    if (gate != null) {
      gate.close();
    }
  }

  /** A block that links at its end; returns where the next may be. */
  private int block(int at) {
    a.begin(at);
    int out = a.label();
    a.aluImmediate(SUB, true, R15, 1);
    a.jump(LESS, out);
    link(a);
    a.bind(out);
    a.constantFixed(RAX, BUDGET);
    a.jumpTo(EXIT);
    a.finish();
    gate.block(at, a.bytes(), a.size());
    return at + a.size();
  }

  private static final int LINK_AT = 10;

  private int opcode(int at) {
    return RawMemory.getByte(gate.code() + at) & 0xff;
  }

  @Test
  void aBlockIsLinkedAndDropped() {
    int second = block(FIRST);
    int end = block(second);
    gate.jump(FIRST + LINK_AT, second);
    assertThat(opcode(FIRST + LINK_AT)).isEqualTo(0xe9);
    assertThat(RawMemory.getInt(gate.code() + FIRST + LINK_AT + 1))
        .isEqualTo(second - (FIRST + LINK_AT + 5));
    gate.drop(second, STALE | 0x30);
    assertThat(opcode(second)).isEqualTo(0xb8);
    assertThat(RawMemory.getInt(gate.code() + second + 1)).isEqualTo(STALE | 0x30);
    assertThat(end).isGreaterThan(second);
  }

  @Test
  void jumpsAreWrittenAtEntriesAndLinksOnlyAndLeadToEntriesOnly() {
    int second = block(FIRST);
    int end = block(second);
    refused(() -> gate.jump(FIRST + 4, second));
    refused(() -> gate.jump(FIRST, second + LINK_AT));
    refused(() -> gate.jump(FIRST, end));
    refused(() -> gate.jump(0, second));
    refused(() -> gate.jump(-1, second));
    refused(() -> gate.drop(FIRST + LINK_AT, STALE));
    refused(() -> gate.drop(FIRST, BUDGET));
  }

  @Test
  void codeIsNotOverwrittenUntilItsSegmentIsForgotten() {
    int second = block(FIRST);
    refused(() -> block(FIRST));
    refused(() -> block(second - 1));
    refused(() -> block(CODE / SEGMENTS - 8));
    refused(() -> block(16));
    gate.forget(0);
    refused(() -> gate.jump(FIRST, FIRST));
    assertThat(block(FIRST)).isEqualTo(second);
  }

  @Test
  void whatIsRefusedIsNotThere() {
    a.begin(FIRST);
    a.load(true, RAX, at(RBX, 0));
    link(a);
    a.finish();
    assertThatThrownBy(() -> gate.block(FIRST, a.bytes(), a.size()))
        .isInstanceOf(RefusedCodeException.class)
        .hasMessageContaining("0x1000, byte 0 of 13: an access that was not looked up: 48 8b 03");
    assertThat(opcode(FIRST)).isZero();
    refused(() -> gate.jump(FIRST, FIRST));
    assertThat(block(FIRST)).isGreaterThan(FIRST);
  }

  @Test
  void slotsBelongToOneRegion() {
    int header = gate.slots(0);
    a.begin(FIRST);
    a.aluImmediate(SUB, true, R15, 1);
    link(a);
    a.finish();
    int[] entries = {FIRST};
    gate.region(FIRST, a.bytes(), a.size(), entries, 1, new SlotTable(header, 3, 0b101));
    assertThat(RawMemory.getLong(gate.code() + header)).isZero();
    assertThat(RawMemory.getLong(gate.code() + header + 8)).isEqualTo(3L << 56 | 0b101);
    int next = FIRST + a.size();
    int[] others = {next};
    for (int at : new int[] {header, header + 56, header - 16, gate.slots(1)}) {
      refused(() -> gate.region(next, a.bytes(), a.size(), others, 1, new SlotTable(at, 1, 0)));
    }
  }

  /** A region with a slot and a link, for a place; entered at its beginning. */
  private void assemble(int at, int header) {
    a.begin(at);
    int refresh = a.label();
    int miss = a.label();
    a.load(true, RAX, at(RBP, EPOCH));
    a.alu(CMP, true, RAX, atOffset(header));
    a.jump(NOT_EQUAL, refresh);
    slot(a, RBX, 8, 8, header + SlotTable.HEADER, miss);
    a.load(true, RSI, at(RBX, RCX, 0, 8));
    link(a);
    a.bind(miss);
    a.callTo(OTHER);
    a.constantFixed(RAX, SLOW);
    a.callTo(EXIT_RESUMABLY);
    a.bind(refresh);
    a.constantFixed(RAX, REFRESH);
    a.jumpTo(EXIT);
    a.finish();
  }

  private static final int MADE_FOR = 0x2000;
  private static final int MADE_SLOTS = 1 << 28;

  private ProvenPiece proven(PieceProver prover) {
    assemble(MADE_FOR, MADE_SLOTS);
    return prover.region(
        a.bytes(), a.size(), MADE_FOR, new int[] {MADE_FOR}, 1, new SlotTable(MADE_SLOTS, 1, 0));
  }

  @Test
  void aRegionThatWasProvenElsewhereIsThereAsIfItHadBeenMadeThere() {
    ProvenPiece piece = proven(new PieceProver(X64Code.INSTANCE, LAYOUT, EXITS, ROUTINES));
    int second = block(FIRST);
    int header = gate.slots(0) + 64;
    gate.region(second, piece, header);
    assemble(second, header);
    byte[] there = new byte[a.size()];
    for (int i = 0; i < there.length; i++) {
      there[i] = RawMemory.getByte(gate.code() + second + i);
    }
    assertThat(there).isEqualTo(Arrays.copyOf(a.bytes(), a.size()));
    assertThat(RawMemory.getLong(gate.code() + header + 8)).isEqualTo(1L << 56);
    int third = block(second + piece.size());
    gate.jump(FIRST + LINK_AT, second);
    gate.jump(second, FIRST);
    assertThat(third).isGreaterThan(second);
    refused(() -> gate.region(second, piece, header + 64));
    refused(() -> gate.region(third, piece, header));
  }

  @Test
  void whatIsProvenElsewhereIsProvenForTheSameSubroutines() {
    ProvenPiece piece = proven(new PieceProver(X64Code.INSTANCE, state(), EXITS, ROUTINES));
    refused(() -> gate.region(FIRST, piece, gate.slots(0)));
    PieceProver prover = new PieceProver(X64Code.INSTANCE, LAYOUT, EXITS, ROUTINES);
    a.begin(MADE_FOR);
    a.load(true, RAX, at(RBX, 0));
    link(a);
    a.finish();
    SlotTable slots = new SlotTable(MADE_SLOTS, 1, 0);
    int[] entries = {MADE_FOR};
    refused(() -> prover.region(a.bytes(), a.size(), MADE_FOR, entries, 1, slots));
    SlotTable over = new SlotTable(MADE_FOR + 8, 1, 0);
    refused(() -> prover.region(a.bytes(), a.size(), MADE_FOR, entries, 1, over));
    refused(() -> prover.region(a.bytes(), a.size(), 16, entries, 1, slots));
  }

  private CodeGate another(Routines routines) {
    CodeGate made = new CodeGate(X64Code.INSTANCE, CODE, CODE / 4, SEGMENTS, LAYOUT, EXITS);
    a.begin(0);
    a.ret();
    made.install(a.bytes(), a.size(), routines);
    return made;
  }

  @Test
  void anotherGateBeginsWithWhatOneHasLetThroughAndChangesItForItself() {
    int second = block(FIRST);
    int end = block(second);
    int header = gate.slots(0);
    a.begin(end);
    a.aluImmediate(SUB, true, R15, 1);
    link(a);
    a.finish();
    int[] entries = {end};
    gate.region(end, a.bytes(), a.size(), entries, 1, new SlotTable(header, 3, 0b101));
    RawMemory.putLong(gate.code() + header, 7); // the epoch of its own hart, and a slot
    RawMemory.putLong(gate.code() + header + 16, 0x1000);
    try (CodeGate other = another(ROUTINES);
        VerifiedCode image = gate.image()) {
      assertThat(other.begin(image)).isTrue();
      assertThat(RawMemory.getInt(other.code() + second))
          .isEqualTo(RawMemory.getInt(gate.code() + second));
      assertThat(RawMemory.getLong(other.code() + header)).isZero();
      assertThat(RawMemory.getLong(other.code() + header + 8)).isEqualTo(3L << 56 | 0b101);
      assertThat(RawMemory.getLong(other.code() + header + 16)).isZero();
      refused(() -> other.jump(FIRST + 4, second));
      other.jump(FIRST + LINK_AT, second);
      gate.drop(second, STALE);
      assertThat(opcode(FIRST + LINK_AT)).isNotEqualTo(0xe9);
      assertThat(RawMemory.getByte(other.code() + FIRST + LINK_AT) & 0xff).isEqualTo(0xe9);
      assertThat(RawMemory.getByte(other.code() + second) & 0xff).isNotEqualTo(0xb8);
      refused(() -> other.begin(image));
      refused(() -> other.block(FIRST, a.bytes(), a.size()));
      other.forget(0);
      refused(() -> other.jump(FIRST, FIRST));
    }
  }

  @Test
  void aGateBeginsWithNothingOfAnotherKind() {
    int ignored = block(FIRST);
    Routines others =
        new Routines(
            ROUTINES.end(),
            ROUTINES.exit(),
            ROUTINES.exitResumably() + 1,
            ROUTINES.lookUpAgain(),
            ROUTINES.fillSlots(),
            ROUTINES.refillLoads(),
            ROUTINES.refillStores(),
            ROUTINES.others(),
            ROUTINES.switching());
    try (CodeGate other = another(others);
        CodeGate same = another(ROUTINES)) {
      VerifiedCode image = gate.image();
      refused(() -> other.begin(image));
      image.close();
      assertThat(same.begin(image)).isFalse();
      assertThat(RawMemory.getByte(same.code() + FIRST)).isZero();
    }
  }

  private static void refused(Runnable request) {
    assertThatThrownBy(request::run).isInstanceOf(RefusedCodeException.class);
  }
}
