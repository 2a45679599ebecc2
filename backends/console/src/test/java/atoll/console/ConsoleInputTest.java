package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleInputTest {
  private final ConsoleInput input = new ConsoleInput(8, ConsoleInput.Rest.DROPPED);

  @AfterEach
  void close() {
    input.close();
  }

  @Test
  void whatComesBeforeADeviceIsHeldForIt() throws InterruptedException {
    offer("abc");
    Recorder device = new Recorder(100);
    input.attach(device);
    assertThat(device.await(3)).isEqualTo("abc");
  }

  @Test
  void whatADeviceDoesNotTakeIsOfferedAgainInOrder() throws InterruptedException {
    Recorder device = new Recorder(2);
    input.attach(device);
    offer("abcdef");
    assertThat(device.await(2)).isEqualTo("ab");
    device.room(1);
    input.ready();
    assertThat(device.await(3)).isEqualTo("abc");
    device.room(10);
    input.ready();
    assertThat(device.await(6)).isEqualTo("abcdef");
  }

  @Test
  void aFullQueueTakesWhatFits() {
    assertThat(offer("0123456789")).isEqualTo(8);
    assertThat(offer("x")).isZero();
  }

  @Test
  void aWriterThatMayWaitLosesNothing() throws InterruptedException {
    Recorder device = new Recorder(1000);
    Thread writer =
        Thread.ofPlatform()
            .start(() -> assertThat(input.put(bytes("0123456789abcdefghij"), 0, 20)).isTrue());
    input.attach(device);
    assertThat(device.await(20)).isEqualTo("0123456789abcdefghij");
    writer.join();
  }

  @Test
  void closingFreesAWaitingWriter() throws InterruptedException {
    boolean[] all = {true};
    Thread writer = Thread.ofPlatform().start(() -> all[0] = input.put(bytes("0123456789"), 0, 10));
    input.close();
    writer.join();
    assertThat(all[0]).isFalse();
  }

  @Test
  void whatIsTypedWithoutALifeGoesNowhere() throws InterruptedException {
    input.attach(new Recorder(100));
    input.unplug(false);
    assertThat(offer("typed at a stopped VM")).isEqualTo(21);
    input.remind();
    Recorder next = new Recorder(100);
    input.attach(next);
    offer("ls");
    assertThat(next.await(2)).isEqualTo("ls");
  }

  @Test
  void whatALifeHasNotReadDiesWithIt() throws InterruptedException {
    Recorder first = new Recorder(2);
    input.attach(first);
    offer("abcdef");
    first.await(2);
    Recorder reset = new Recorder(100);
    input.attach(reset);
    offer("gh");
    assertThat(reset.await(2)).isEqualTo("gh");
  }

  @Test
  void aPipesScriptIsForAllLivesUntilNoMoreWillCome() throws InterruptedException {
    try (ConsoleInput pipe = new ConsoleInput(8, ConsoleInput.Rest.KEPT)) {
      Recorder first = new Recorder(2);
      pipe.attach(first);
      pipe.offer(bytes("abcd"), 0, 4);
      first.await(2);
      pipe.unplug(true);
      pipe.offer(bytes("ef"), 0, 2);
      Recorder second = new Recorder(100);
      pipe.attach(second);
      assertThat(second.await(4)).isEqualTo("cdef");
      pipe.unplug(false);
      assertThat(pipe.put(bytes("more than there would be room for"), 0, 33)).isTrue();
      assertThat(pipe.unplugged()).isTrue();
    }
  }

  private int offer(String text) {
    return input.offer(bytes(text), 0, text.length());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
