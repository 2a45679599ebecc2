package atoll.debug;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The frames of the protocol, whole and broken. */
class PacketsTest implements Packets.Taker {
  private final List<String> taken = new ArrayList<>();
  private final Packets packets = new Packets(this);

  @Override
  public void packet(byte[] data) {
    taken.add(new String(data, StandardCharsets.ISO_8859_1));
  }

  @Override
  public void interrupt() {
    taken.add("interrupt");
  }

  /** Gives bytes; returns what is sent in answer. */
  private String give(String text) {
    ByteBuffer in = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder sent = new StringBuilder();
    while (in.hasRemaining()) {
      assertThat(packets.take(in)).isTrue();
      sent.append(new String(packets.takeOutput(), StandardCharsets.ISO_8859_1));
    }
    return sent.toString();
  }

  @Test
  void aPacketIsAcknowledgedAndTaken() {
    assertThat(give("$qC#b4")).isEqualTo("+");
    assertThat(taken).containsExactly("qC");
  }

  @Test
  void aWrongSumIsAskedForAgain() {
    assertThat(give("$qC#b5")).isEqualTo("-");
    assertThat(taken).isEmpty();
  }

  @Test
  void escapesAreUndoneAndMade() {
    assertThat(give("$X}\u0003}\u0004#a7")).endsWith("-");
    packets.stopAcknowledging();
    assertThat(give("$X}\u0003}\u0004#00")).isEmpty();
    assertThat(taken).containsExactly("X#$");
    packets.send("a#$}*");
    assertThat(new String(packets.takeOutput(), StandardCharsets.ISO_8859_1))
        .isEqualTo("$a}\u0003}\u0004}]}\n#c3");
  }

  @Test
  void whatLiesBetweenPacketsIsNoise() {
    assertThat(give("+++abc\u0003$g#67")).isEqualTo("+");
    assertThat(taken).containsExactly("interrupt", "g");
  }

  @Test
  void aPacketThatIsCutOffByAnotherIsForgotten() {
    assertThat(give("$m80$g#67")).isEqualTo("+");
    assertThat(taken).containsExactly("g");
  }

  @Test
  void theLastOneIsSentAgain() {
    packets.send("OK");
    byte[] first = packets.takeOutput();
    assertThat(give("-")).isEqualTo(new String(first, StandardCharsets.ISO_8859_1));
  }

  @Test
  void oneThatIsTooLongEndsIt() {
    ByteBuffer in = ByteBuffer.allocate(Packets.LONGEST + 10);
    in.put((byte) '$');
    while (in.hasRemaining()) {
      in.put((byte) 'a');
    }
    assertThat(packets.take(in.flip())).isFalse();
  }
}
