package atoll.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FramePiecesTest {
  private int made;
  private final FramePieces<int[]> pieces =
      new FramePieces<>(
          1000,
          () -> {
            made++;
            return new int[FramePieces.SIZE];
          });

  @Test
  void aPieceIsMadeWhenItIsNeededAndOnce() {
    assertThat(pieces.find(999)).isNull();
    assertThat(made).isZero();
    int[] last = pieces.get(999);
    assertThat(pieces.find(999)).isSameAs(last);
    assertThat(pieces.get(998)).isSameAs(last);
    assertThat(pieces.find(0)).isNull();
    assertThat(made).isEqualTo(1);
  }

  @Test
  void eachPageHasAPlaceOfItsOwn() {
    for (int frame = 0; frame < 1000; frame++) {
      pieces.get(frame)[FramePieces.place(frame)] = frame;
    }
    for (int frame = 0; frame < 1000; frame++) {
      assertThat(pieces.find(frame)[FramePieces.place(frame)]).isEqualTo(frame);
    }
    assertThat(made).isEqualTo((1000 + FramePieces.SIZE - 1) / FramePieces.SIZE);
  }

  @Test
  void whatIsKnownStaysWhenPagesAreAdded() {
    int[] piece = pieces.get(500);
    pieces.extend(5000);
    assertThat(pieces.frames()).isGreaterThanOrEqualTo(5000);
    assertThat(pieces.find(500)).isSameAs(piece);
    assertThat(pieces.find(4999)).isNull();
    assertThat(pieces.get(4999)).isNotNull();
    pieces.extend(10);
    assertThat(pieces.frames()).isGreaterThanOrEqualTo(5000);
  }
}
