package atoll.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.isa.Assembler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many pieces are kept decoded, and what becomes of those that are not. */
class PiecePoolTest {
  private static final int ADD = 0x00150513; // addi a0, a0, 1

  private final HostMemory memory = HostMemory.allocate(4096);

  @AfterEach
  void giveBack() {
    memory.close();
  }

  private CodePage page(PiecePool pool, int harts) {
    byte[] bytes = Assembler.assemble("addi a0, a0, 1\n".repeat(1024));
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory.segment(), 0, bytes.length);
    return new CodePage(0, memory.address(), 1, harts, pool);
  }

  /** Begins all pieces of pages that are like {@code first}, as many as make it lose its own. */
  private static List<CodePage> fill(PiecePool pool, CodePage first, int harts) {
    List<CodePage> others = new ArrayList<>();
    int size = CodePage.size(first.piece(0));
    for (int begun = 0; begun < harts * PiecePool.EACH; ) {
      CodePage page = new CodePage(0, first.hva(), 1, harts, pool);
      others.add(page);
      for (int parcel = 0; parcel < CodePage.PARCELS; parcel += size, begun++) {
        page.piece(parcel);
      }
    }
    return others;
  }

  @Test
  void theOldestPieceEndsForOneMore() {
    PiecePool pool = new PiecePool(2);
    CodePage page = page(pool, 2);
    long[] piece = page.piece(0);
    assertThat(page.decode(piece, 2)).isEqualTo(Predecoder.predecode(ADD));
    List<CodePage> others = fill(pool, page, 2);
    assertThat(piece[2]).isZero();
    assertThat(page.decode(piece, 2)).isZero();
    assertThat(piece[2]).isZero();
    assertThat(others.getLast().piece(0)).isSameAs(others.getLast().piece(1));
  }

  @Test
  void aPageGoesOnWithAnotherPiece() {
    PiecePool pool = new PiecePool(2);
    CodePage page = page(pool, 2);
    long[] before = page.piece(0);
    page.decode(before, 2);
    fill(pool, page, 2);
    assertThat(page.read(2)).isEqualTo(Predecoder.predecode(ADD));
    long[] after = page.piece(0);
    assertThat(after).isNotSameAs(before);
    assertThat(page.decode(after, 2)).isEqualTo(Predecoder.predecode(ADD));
  }

  @Test
  @SuppressWarnings("ReferenceEquality") // that very array
  void ofOneHartTheMemoryOfAPieceIsUsedForTheNext() {
    PiecePool pool = new PiecePool(1);
    CodePage page = page(pool, 1);
    long[] piece = page.piece(0);
    page.decode(piece, 2);
    fill(pool, page, 1);
    CodePage next = page(pool, 1);
    List<long[]> pieces = List.of(next.piece(0), next.piece(CodePage.size(piece)));
    assertThat(pieces).anyMatch(each -> each == piece);
    assertThat(piece).containsOnly(0, Predecoder.NEXT_PIECE);
  }

  @Test
  void aStoreIntoWhatTookThePlaceOfAPieceIsSeen() {
    PiecePool pool = new PiecePool(1);
    CodePage page = page(pool, 1);
    page.decode(page.piece(0), 2);
    fill(pool, page, 1);
    page.decode(page.piece(0), 2);
    memory.segment().set(ValueLayout.JAVA_INT, 4, 0x00250513); // a0 + 2
    page.invalidate(4, 4);
    assertThat(page.decode(page.piece(0), 2)).isEqualTo(Predecoder.predecode(0x00250513));
  }

  @Test
  void aPieceOfADroppedPageIsNoMoreToEnd() {
    PiecePool pool = new PiecePool(1);
    CodePage page = page(pool, 1);
    page.piece(0);
    page.drop();
    fill(pool, page(pool, 1), 1);
    assertThat(page.piece(0)).isSameAs(CodePage.GONE);
    assertThat(CodePage.GONE).containsOnly(0, Predecoder.NEXT_PIECE);
  }

  @Test
  void thereIsNoEndToThePiecesOfHartsThatOnlyInterpret() {
    CodePage page = page(PiecePool.ENDLESS, 1);
    long[] piece = page.piece(0);
    page.decode(piece, 2);
    fill(PiecePool.ENDLESS, page, 1);
    assertThat(page.piece(0)).isSameAs(piece);
    assertThat(piece[2]).isEqualTo(Predecoder.predecode(ADD));
  }
}
