package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.Bytes;
import atoll.manager.Event;
import atoll.scenario.ConsoleKind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Events that wait for a client, and what there is no room for. */
class MailboxTest {
  private final Mailbox box = new Mailbox();

  private void print(String vm, String text) {
    box.put(new Event.Printed(vm, ConsoleKind.SERIAL, Bytes.of(text)), 1);
  }

  private Optional<Mailbox.Letter> take() throws InterruptedException {
    return box.take();
  }

  private static Mailbox.Letter printed(String vm, String text) {
    return new Mailbox.Told(new Event.Printed(vm, ConsoleKind.SERIAL, Bytes.of(text)), 1);
  }

  @Test
  void bytesOfOneConsoleThatFollowEachOtherAreOneEvent() throws InterruptedException {
    print("a", "x");
    print("a", "y");
    print("b", "z");
    print("a", "w");
    box.close();
    assertThat(take()).contains(printed("a", "xy"));
    assertThat(take()).contains(printed("b", "z"));
    assertThat(take()).contains(printed("a", "w"));
    assertThat(take()).isEmpty();
  }

  @Test
  void outputForWhichThereIsNoRoomIsCountedAndToldWhereItIsMissing() throws InterruptedException {
    String piece = "x".repeat(1 << 12);
    for (int i = 0; i < Mailbox.MOST_BYTES / piece.length() + 3; i++) {
      print("a", piece);
    }
    assertThat(take()).contains(printed("a", piece));
    print("a", "later");
    box.close();
    Mailbox.Letter last = null;
    for (Optional<Mailbox.Letter> next = take(); next.isPresent(); next = take()) {
      if (next.get() instanceof Mailbox.Lost) {
        last = next.get();
      }
    }
    assertThat(last).isEqualTo(new Mailbox.Lost(0, 3L * piece.length()));
  }

  @Test
  void eventsForWhichThereIsNoRoomAreCounted() throws InterruptedException {
    for (int i = 0; i < Mailbox.MOST_LETTERS + 5; i++) {
      box.put(new Event.Stopped("a"), i);
    }
    box.close();
    for (int i = 0; i < Mailbox.MOST_LETTERS; i++) {
      assertThat(take()).contains(new Mailbox.Told(new Event.Stopped("a"), i));
    }
    assertThat(take()).contains(new Mailbox.Lost(5, 0));
    assertThat(take()).isEmpty();
  }

  @Test
  void charactersThatAreCutAreToldAsAWhole() {
    Utf8Stream stream = new Utf8Stream();
    byte[] bytes = Bytes.of("a\u00e4\u20ac\ud83d\ude00").toArray();
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(stream.text(new byte[] {b}));
    }
    assertThat(text).hasToString("a\u00e4\u20ac\ud83d\ude00");
    assertThat(stream.text(new byte[] {(byte) 0xff, 'b'})).isEqualTo("\ufffdb");
  }
}
