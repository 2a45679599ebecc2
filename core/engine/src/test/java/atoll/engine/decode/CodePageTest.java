package atoll.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.isa.Assembler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CodePageTest {
  private static final int ADD = 0x00150513; // addi a0, a0, 1

  private final HostMemory memory = HostMemory.allocate(4096);
  private final CodePage page = new CodePage(0, memory.address(), 1, 1, PiecePool.ENDLESS);
  private final int size = CodePage.size(page.piece(0));

  @AfterEach
  void giveBack() {
    memory.close();
  }

  private void code(int parcel, String source) {
    byte[] bytes = Assembler.assemble(source);
    MemorySegment.copy(
        MemorySegment.ofArray(bytes), 0, memory.segment(), 2L * parcel, bytes.length);
  }

  private long decode(int parcel) {
    return page.decode(page.piece(parcel), parcel);
  }

  private void enterOften(int parcel) {
    for (int i = 0; i < CodePage.PATIENCE; i++) {
      page.piece(parcel);
    }
  }

  @Test
  void aPieceIsASmallPartOfThePageThatBeginsAtAMultipleOfItsSize() {
    assertThat(Integer.bitCount(size)).isEqualTo(1);
    assertThat(size).isLessThanOrEqualTo(CodePage.PARCELS / 8);
    assertThat(page.piece(size - 1)).isSameAs(page.piece(0));
    assertThat(page.piece(size)).isNotSameAs(page.piece(0));
  }

  @Test
  void behindAPieceAnInstructionOfEitherLengthFindsTheWayToTheNext() {
    assertThat(page.piece(0)[size]).isEqualTo(Predecoder.NEXT_PIECE);
    assertThat(page.piece(0)[size + 1]).isEqualTo(Predecoder.NEXT_PIECE);
  }

  @Test
  void anInstructionThatGoesOnInTheNextPieceIsDecodedWhole() {
    code(size - 1, "addi a0, a0, 1");
    assertThat(decode(size - 1)).isEqualTo(Predecoder.predecode(ADD));
    assertThat(page.piece(0)[size - 1]).isEqualTo(Predecoder.predecode(ADD));
  }

  @Test
  void anInstructionThatGoesOnInTheNextPageIsNot() {
    code(CodePage.PARCELS - 1, "c.nop");
    assertThat(page.read(CodePage.PARCELS - 1)).isEqualTo(Predecoder.predecode(1));
    memory.segment().set(ValueLayout.JAVA_BYTE, 4094, (byte) 0x13);
    page.invalidate(4094, 1);
    assertThat(page.read(CodePage.PARCELS - 1)).isEqualTo(Predecoder.CROSSING);
    assertThat(decode(CodePage.PARCELS - 1)).isEqualTo(Predecoder.CROSSING);
  }

  @Test
  void aStoreBehindABorderClearsTheInstructionThatBeginsBeforeIt() {
    code(size - 1, "addi a0, a0, 1; addi a0, a0, 1");
    decode(size - 1);
    decode(size + 1);
    page.invalidate(2 * size, 1);
    assertThat(page.piece(size - 1)[size - 1]).isZero();
    assertThat(page.piece(size + 1)[1]).isEqualTo(Predecoder.predecode(ADD));
    page.invalidate(0, 4096);
    assertThat(page.piece(size + 1)[1]).isZero();
  }

  @Test
  void readingDecodesIntoAPieceThatIsThereAndBeginsNone() {
    code(3, "addi a0, a0, 1");
    code(size + 3, "addi a0, a0, 1");
    assertThat(page.read(3)).isEqualTo(Predecoder.predecode(ADD));
    assertThat(page.piece(0)[3]).isEqualTo(Predecoder.predecode(ADD));
    assertThat(page.read(size + 3)).isEqualTo(Predecoder.predecode(ADD));
    assertThat(page.piece(size)[3]).isZero();
  }

  @Test
  void aPageThatIsEnteredOftenIsOnePiece() {
    enterOften(0);
    long[] whole = page.piece(0);
    assertThat(CodePage.size(whole)).isEqualTo(CodePage.PARCELS);
    assertThat(page.piece(CodePage.PARCELS - 1)).isSameAs(whole);
    code(size + 3, "addi a0, a0, 1");
    decode(size + 3);
    assertThat(whole[size + 3]).isEqualTo(Predecoder.predecode(ADD));
    page.invalidate(2 * (size + 3), 4);
    assertThat(whole[size + 3]).isZero();
  }

  @Test
  void whoIsStillInAPieceThatIsThePagesNoMoreFindsItEmptyAndCannotFillIt() {
    code(size + 3, "addi a0, a0, 1");
    decode(size + 3);
    long[] old = page.piece(size + 3);
    assertThat(old[3]).isNotZero();
    enterOften(0);
    assertThat(old[3]).isZero();
    assertThat(page.decode(old, size + 3)).isZero();
    assertThat(old[3]).isZero();
  }

  @Test
  void aDroppedPageHasNothingAndStaysSo() {
    code(0, "addi a0, a0, 1");
    decode(0);
    long[] old = page.piece(0);
    page.drop();
    assertThat(old[0]).isZero();
    enterOften(0);
    assertThat(page.piece(0)).isSameAs(CodePage.GONE);
    assertThat(page.piece(CodePage.PARCELS - 1)).isSameAs(CodePage.GONE);
    assertThat(decode(0)).isZero();
    assertThat(page.read(0)).isZero();
    assertThat(CodePage.GONE[0]).isZero();
  }

  @Test
  void aScratchPageHoldsWhatItIsGivenAndDecodesNothing() {
    CodePage scratch = CodePage.scratch();
    scratch.hold(5, ADD);
    assertThat(scratch.read(5)).isEqualTo(ADD);
    assertThat(scratch.piece(5)[5]).isEqualTo(ADD);
    assertThat(scratch.read(7)).isZero();
    scratch.hold(5, 0);
    assertThat(scratch.read(5)).isZero();
  }
}
