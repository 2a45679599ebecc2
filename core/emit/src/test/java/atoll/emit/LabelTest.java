package atoll.emit;

import static atoll.emit.X64Assembler.EQUAL;
import static atoll.emit.X64Assembler.RAX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Labels, what refers to them, and pieces of code of any length. */
class LabelTest {
  private static final int ORIGIN = 0x4000;

  private final X64Assembler a = new X64Assembler();

  /** Where a jump or call whose displacement lies at {@code at} goes. */
  private int target(int at) {
    return ORIGIN + at + 4 + ByteBuffer.wrap(a.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  @Test
  void jumpsGoForwardsAndBackwards() {
    a.begin(ORIGIN);
    int back = a.label();
    int forward = a.label();
    a.bind(back);
    a.jump(forward); // 1 + 4 bytes
    a.jump(EQUAL, back); // 2 + 4
    a.call(forward); // 1 + 4
    a.bind(forward);
    a.ret();
    a.finish();
    assertThat(target(1)).isEqualTo(ORIGIN + 16).isEqualTo(a.offset(forward));
    assertThat(target(7)).isEqualTo(ORIGIN).isEqualTo(a.offset(back));
    assertThat(target(12)).isEqualTo(ORIGIN + 16);
  }

  @Test
  void aLabelThatIsNotReferredToNeedNoPlace() {
    a.begin(ORIGIN);
    a.label();
    a.ret();
    a.finish();
    assertThat(a.size()).isEqualTo(1);
  }

  @Test
  void aJumpToALabelThatWasNeverBoundIsAnError() {
    a.begin(ORIGIN);
    a.bind(a.label());
    a.jump(a.label());
    assertThatThrownBy(a::finish)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("label 1 was never bound");
  }

  @Test
  void aNewPieceKnowsNothingOfTheLast() {
    a.begin(ORIGIN);
    int unbound = a.label();
    a.jump(unbound);
    a.begin(ORIGIN + 64);
    assertThat(a.size()).isZero();
    assertThat(a.here()).isEqualTo(ORIGIN + 64);
    int label = a.label();
    a.jump(label);
    assertThatThrownBy(a::finish).isInstanceOf(IllegalStateException.class);
    a.bind(label);
    a.finish();
    assertThat(a.offset(label)).isEqualTo(ORIGIN + 69);
  }

  @Test
  void aPieceGrowsBeyondAnyBuffer() {
    int jumps = 100_000;
    a.begin(ORIGIN);
    int[] labels = new int[jumps];
    for (int i = 0; i < jumps; i++) {
      labels[i] = a.label();
      a.jump(labels[i]);
    }
    for (int i = 0; i < jumps; i++) {
      a.bind(labels[i]);
      a.constant(RAX, Long.MIN_VALUE + i);
    }
    a.finish();
    assertThat(a.size()).isEqualTo(5 * jumps + 10 * jumps);
    ByteBuffer code = ByteBuffer.wrap(a.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < jumps; i++) {
      int at = 5 * jumps + 10 * i;
      assertThat(target(5 * i + 1)).isEqualTo(ORIGIN + at);
      assertThat(code.getLong(at + 2)).isEqualTo(Long.MIN_VALUE + i);
    }
  }
}
