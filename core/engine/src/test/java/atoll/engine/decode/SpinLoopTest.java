package atoll.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.isa.Assembler;
import atoll.isa.Op;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpinLoopTest {
  private final HostMemory memory = HostMemory.allocate(4096);
  private final CodePage page = new CodePage(0, memory.address(), 1, 2, PiecePool.ENDLESS);

  @AfterEach
  void giveBack() {
    memory.close();
  }

  /** Puts a loop at the page's start; returns the parcel of its last jump. */
  private int loop(String source) {
    byte[] bytes = Assembler.assemble(source.replace(';', '\n') + "\n");
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory.segment(), 0, bytes.length);
    int last = 0;
    for (int parcel = 0; 2 * parcel < bytes.length; ) {
      long packed = page.read(parcel);
      last = Predecoder.op(packed) == Op.ADDI && Predecoder.immediate(packed) == 0 ? last : parcel;
      parcel += Predecoder.parcels(packed);
    }
    return last;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // xv6: test and set
        "1: mv a5, a4; amoswap.w.aq a5, a5, (s1); sext.w a5, a5; bnez a5, 1b",
        "1: lr.w.aq t0, (a0); bnez t0, 1b",
        // compare and swap as C11 compilers write it, in a loop of its own
        "1: lr.w a4, (a0); bne a4, a3, 2f; sc.w a2, a5, (a0); bnez a2, 1b; 2: bne a4, a3, 1b",
        // OpenSBI: a ticket, whose owner is read at the loop's end
        "1: srli t1, t0, 16; and t1, t1, t2; beq t1, t3, 2f; lw t0, (a0); j 1b; 2: nop",
        "1: ld a1, 8(a0); fence r, rw; beq a1, a2, 1b",
        // a device's register is somebody else's, too
        "1: lbu a1, 5(a0); andi a1, a1, 32; beqz a1, 1b",
        "1: ld a1, (a0); ld a2, (a1); beqz a2, 1b",
        "1: amoor.w a1, a2, (a0); and a1, a1, a2; bnez a1, 1b",
      })
  void aLoopThatOnlyLooksIsOne(String source) {
    int last = loop(source);
    assertThat(SpinLoop.is(page, 0, last)).isTrue();
    for (int parcel = 0; parcel <= last; parcel += Predecoder.parcels(page.read(parcel))) {
      assertThat(SpinLoop.around(page, parcel)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1: addi a0, a0, 1; bne a0, a1, 1b",
        // a list
        "1: ld a0, 8(a0); bnez a0, 1b",
        // a string
        "1: lbu a1, (a0); addi a0, a0, 1; bnez a1, 1b",
        // what is stored to may be what is read
        "1: ld a1, (a0); sd a2, (a0); bnez a1, 1b",
        // a counter in memory
        "1: amoadd.w a1, a2, (a0); blt a1, a3, 1b",
        "1: amoxor.d a1, a2, (a0); bnez a1, 1b",
        // a limit on the rounds
        "1: addi a2, a2, -1; ld a1, (a0); bnez a1, 1b",
        // on one of two ways something is counted
        "1: ld a1, (a0); beqz a1, 2f; addi a3, a3, 1; 2: bnez a1, 1b",
        // two registers that take turns
        "1: mv a2, a1; xor a1, a3, a4; mv a3, a2; ld a5, (a0); bnez a5, 1b",
        "1: ld a1, (a0); csrr a2, time; bltu a2, a3, 1b",
        "1: ld a1, (a0); jalr ra, (a2); bnez a1, 1b",
        "1: ld a1, (a0); jal ra, 1b",
        // it says so itself
        "1: ld a1, (a0); pause; bnez a1, 1b",
        // nothing is read
        "1: mv a1, a2; bnez a1, 1b",
        "1: fld fa0, (a0); beqz a1, 1b",
      })
  void aLoopThatGetsSomewhereIsNone(String source) {
    int last = loop(source);
    assertThat(SpinLoop.is(page, 0, last)).isFalse();
    assertThat(SpinLoop.around(page, 0)).isFalse();
  }
}
