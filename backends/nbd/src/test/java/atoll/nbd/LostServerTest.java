package atoll.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.SocketFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that ends, and comes back, with what it has on stable storage only. */
@Timeout(300)
class LostServerTest {
  private static final MemorySegment SOME = MemorySegment.ofArray(new byte[512]);

  private final MemoryExport export = new MemoryExport();
  private final List<String> notices = new CopyOnWriteArrayList<>();

  @TempDir private Path folder;

  private ServedExport serve() {
    return ServedExport.at(folder.resolve("s"), export);
  }

  private NbdClient client(NbdAddress address) throws IOException {
    return new NbdClient(address, Clock.host(), notices::add);
  }

  @Test
  void requestsFailWhileItIsAwayAndGoOnWhenItIsBack() throws IOException {
    ServedExport first = serve();
    try (NbdClient client = client(first.address())) {
      client.read(0, SOME);
      first.close();
      for (int n = 0; n < 3; n++) {
        assertThatThrownBy(() -> client.read(0, SOME)).isInstanceOf(UnreachableException.class);
        assertThatThrownBy(client::flush).isInstanceOf(UnreachableException.class);
      }
      assertThat(notices).hasSize(1);
      assertThat(notices.getFirst()).contains("the connection to the server is lost");
      try (ServedExport second = serve()) {
        assertThat(second.address()).isEqualTo(first.address());
        client.read(0, SOME);
        assertThat(notices).hasSize(2);
        assertThat(notices.getLast()).endsWith("is back");
      }
    }
  }

  @Test
  void aServerThatWasRestartedIsNotNoticedByRequests() throws IOException {
    ServedExport first = serve();
    try (NbdClient client = client(first.address())) {
      client.read(0, SOME);
      first.close();
      try (ServedExport second = serve()) {
        assertThat(second.notices).isEmpty();
        client.write(0, SOME);
      }
    }
  }

  @Test
  void requestsWaitForItIfTheyAreTo() throws Exception {
    ServedExport first = serve();
    try (NbdClient client = client(first.address(Duration.ofDays(1)))) {
      first.close();
      CompletableFuture<Void> done = new CompletableFuture<>();
      Effects.host()
          .tasks()
          .start(
              "guest",
              () -> {
                try {
                  client.write(512, MemorySegment.ofArray(new byte[] {1, 2, 3}));
                  done.complete(null);
                } catch (IOException e) {
                  done.completeExceptionally(e);
                }
              });
      while (notices.isEmpty()) {
        Thread.onSpinWait();
      }
      try (ServedExport second = serve()) {
        done.get();
        assertThat(second.notices).isEmpty();
        assertThat(export.bytes()[513]).isEqualTo((byte) 2);
      }
    }
  }

  @Test
  void whatWaitsFailsWhenTheDiskIsClosed() throws Exception {
    ServedExport first = serve();
    NbdClient client = client(first.address(Duration.ofDays(1)));
    first.close();
    CompletableFuture<Boolean> failed = new CompletableFuture<>();
    Effects.host()
        .tasks()
        .start(
            "guest",
            () -> {
              try {
                client.read(0, SOME);
                failed.complete(false);
              } catch (IOException e) {
                failed.complete(true);
              }
            });
    while (notices.isEmpty()) {
      Thread.onSpinWait();
    }
    client.close();
    assertThat(failed.get()).isTrue();
  }

  @Test
  void whatItHasForgottenIsWrittenAgainBeforeItIsFlushed() throws IOException {
    Random random = new Random(5);
    byte[] expected = new byte[MemoryExport.SIZE];
    ServedExport served = serve();
    try (NbdClient client = client(served.address())) {
      for (int n = 0; n < 60; n++) {
        int length = 1 + random.nextInt(30_000);
        int offset = random.nextInt(MemoryExport.SIZE - length);
        byte[] written = new byte[length];
        random.nextBytes(written);
        if (n % 7 == 0) {
          Arrays.fill(written, (byte) 0);
          assertThat(client.zero(offset, length, true)).isTrue();
        } else {
          client.write(offset, MemorySegment.ofArray(written));
        }
        System.arraycopy(written, 0, expected, offset, length);
        if (n % 10 == 9) {
          served.close();
          export.cutPower();
          assertThatThrownBy(client::flush).isInstanceOf(UnreachableException.class);
          served = serve();
          client.flush();
          export.cutPower(); // Nothing that was flushed is lost.
          assertThat(Arrays.mismatch(export.bytes(), expected)).isEqualTo(-1);
        }
      }
    } finally {
      served.close();
    }
  }

  @Test
  void whatWaitsToBeFlushedIsBounded() throws IOException {
    try (ServedExport served = serve();
        NbdClient client = client(served.address())) {
      MemorySegment much = MemorySegment.ofArray(new byte[MemoryExport.SIZE]);
      long times = 3L * UnflushedWrites.ROOM / MemoryExport.SIZE;
      for (int n = 0; n < times; n++) {
        client.write(0, much);
      }
      assertThat(export.flushes()).isBetween(2, 3);
    }
  }

  @Test
  void anExportOfAnotherSizeDoesNotTakeItsPlace() throws IOException {
    ServedExport first = serve();
    try (NbdClient client = client(first.address())) {
      first.close();
      NbdExport other = new MemoryExport(MemoryExport.SIZE / 2);
      try (ServedExport second = ServedExport.at(folder.resolve("s"), other)) {
        assertThat(second.notices).isEmpty();
        assertThatThrownBy(() -> client.read(0, SOME)).hasMessageContaining("bytes now, and had");
      }
    }
  }

  /** The host's time as the test has it. */
  private static final class OwnTime implements Clock {
    private final AtomicLong now = new AtomicLong();

    @Override
    public long nanos() {
      return now.get();
    }

    @Override
    public long epochNanos() {
      return now.get();
    }
  }

  @Test
  void allThatAServerSaysUntilItHasAgreedTakesTenSecondsAtMost() throws Exception {
    OwnTime time = new OwnTime();
    Path path = folder.resolve("slow");
    try (SocketFile slow = SocketFile.listen(path)) {
      CompletableFuture<SocketChannel> served = new CompletableFuture<>();
      Thread server =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  served.complete(greet(slow.channel().accept(), time));
                } catch (IOException e) {
                  served.completeExceptionally(e);
                }
              });
      NbdAddress address = new NbdAddress(new NbdAddress.Unix(path), "", Optional.empty());
      assertThatThrownBy(() -> new NbdClient(address, time, notices::add))
          .hasMessageContaining("it has taken too long");
      server.join();
      served.get().close();
    }
  }

  /** Says a part of its first reply once its time is over, which began before it was asked. */
  private static SocketChannel greet(SocketChannel client, OwnTime time) throws IOException {
    int greeted =
        client.write(
            ByteBuffer.allocate(2 * Long.BYTES + Short.BYTES)
                .putLong(Protocol.MAGIC)
                .putLong(Protocol.OPTION_MAGIC)
                .putShort((short) Protocol.FIXED_NEWSTYLE)
                .flip());
    ByteBuffer asked = ByteBuffer.allocate(Integer.BYTES);
    while (asked.hasRemaining()) {
      int ignored = client.read(asked);
    }
    time.now.addAndGet(Duration.ofSeconds(11).toNanos());
    int replied =
        client.write(ByteBuffer.allocate(Long.BYTES).putLong(Protocol.OPTION_REPLY_MAGIC).flip());
    assertThat(greeted + replied).isEqualTo(3 * Long.BYTES + Short.BYTES);
    return client;
  }
}
