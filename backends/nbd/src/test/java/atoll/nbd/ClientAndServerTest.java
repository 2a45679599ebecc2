package atoll.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.line.SocketLine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The two ends together. */
@Timeout(300)
class ClientAndServerTest {
  private final MemoryExport export = new MemoryExport();

  @TempDir private Path folder;

  private ServedExport serve() {
    return ServedExport.at(folder.resolve("s"), export);
  }

  private static NbdClient client(ServedExport served) throws IOException {
    return new NbdClient(served.address(), Clock.host(), text -> {});
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void whatIsWrittenIsReadByTcpAndBySocket() throws IOException {
    try (ServedExport socket = serve();
        ServedExport port = ServedExport.onPort(export);
        NbdClient one = client(socket);
        NbdClient other = client(port)) {
      assertThat(one.size()).isEqualTo(MemoryExport.SIZE);
      Random random = new Random(1);
      byte[] expected = new byte[MemoryExport.SIZE];
      for (int n = 0; n < 500; n++) {
        int offset = random.nextInt(MemoryExport.SIZE);
        int length = 1 + random.nextInt(Math.min(200_000, MemoryExport.SIZE - offset));
        byte[] written = random.nextInt(3) == 0 ? new byte[length] : bytes(random, length);
        NbdClient writer = random.nextBoolean() ? one : other;
        if (random.nextInt(5) == 0) {
          assertThat(writer.zero(offset, length, random.nextBoolean())).isTrue();
          Arrays.fill(written, (byte) 0);
        } else {
          writer.write(offset, MemorySegment.ofArray(written));
        }
        System.arraycopy(written, 0, expected, offset, length);
        byte[] read = new byte[length];
        (random.nextBoolean() ? one : other).read(offset, MemorySegment.ofArray(read));
        assertThat(Arrays.equals(read, written)).isTrue();
      }
      byte[] all = new byte[MemoryExport.SIZE];
      one.read(0, MemorySegment.ofArray(all));
      assertThat(Arrays.mismatch(all, expected)).isEqualTo(-1);
    }
  }

  @Test
  void severalThreadsHaveRequestsUnderWayOnOneConnection() throws Exception {
    try (ServedExport served = serve();
        NbdClient client = client(served);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Boolean>> results = new ArrayList<>();
      int share = MemoryExport.SIZE / 8;
      for (int n = 0; n < 8; n++) {
        long begin = (long) n * share;
        Random random = new Random(n);
        results.add(threads.submit(() -> use(client, begin, share, random)));
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    }
  }

  /** With memory that only one thread may touch, whoever reads its replies. */
  private static boolean use(NbdClient client, long begin, int share, Random random)
      throws IOException {
    boolean same = true;
    try (Arena arena = Arena.ofConfined()) {
      for (int n = 0; n < 200; n++) {
        int length = 1 + random.nextInt(20_000);
        long offset = begin + random.nextInt(share - length);
        byte[] written = bytes(random, length);
        MemorySegment segment = arena.allocate(length);
        client.write(offset, segment.copyFrom(MemorySegment.ofArray(written)));
        segment.fill((byte) 1);
        client.read(offset, segment);
        same &= segment.mismatch(MemorySegment.ofArray(written)) < 0;
        if (n % 50 == 0) {
          client.flush();
        }
      }
    }
    return same;
  }

  @Test
  void whatIsKnownToBeZeroIsSaid() throws IOException {
    try (ServedExport served = serve();
        NbdClient client = client(served)) {
      client.write(8192, MemorySegment.ofArray(new byte[] {1}));
      assertThat(client.status(0, 100_000)).isEqualTo(new BlockStatus(8192, true, true));
      assertThat(client.status(8192, 100_000)).isEqualTo(new BlockStatus(4096, false, false));
      assertThat(client.status(8192, 100)).isEqualTo(new BlockStatus(100, false, false));
    }
  }

  @Test
  void aFailureIsThatOfOneRequest() throws IOException {
    try (ServedExport served = serve();
        NbdClient client = client(served)) {
      export.fail(true);
      MemorySegment some = MemorySegment.ofArray(new byte[512]);
      assertThatThrownBy(() -> client.read(0, some)).hasMessageContaining("ENOSPC");
      assertThatThrownBy(() -> client.write(0, some)).hasMessageContaining("ENOSPC");
      assertThatThrownBy(() -> client.zero(0, 512, true)).hasMessageContaining("ENOSPC");
      assertThatThrownBy(client::flush).hasMessageContaining("ENOSPC");
      export.fail(false);
      client.write(0, some);
      client.flush();
      client.read(0, some);
    }
  }

  @Test
  void whatIsPastTheEndIsRefused() throws IOException {
    try (ServedExport served = serve();
        NbdConnection connection = Connector.connect(served.address(), Clock.host())) {
      MemorySegment some = MemorySegment.ofArray(new byte[512]);
      for (long offset : new long[] {MemoryExport.SIZE, MemoryExport.SIZE - 511, -1, 1L << 62}) {
        for (Request request :
            List.of(
                Request.read(offset, some),
                Request.write(offset, some, 0),
                Request.of(Protocol.CMD_TRIM, 0, offset, 512),
                Request.of(Protocol.CMD_WRITE_ZEROES, 0, offset, 512),
                Request.of(Protocol.CMD_BLOCK_STATUS, 0, offset, 512))) {
          assertThatThrownBy(() -> connection.perform(request)).hasMessageContaining("EINVAL");
        }
      }
      connection.perform(Request.read(MemoryExport.SIZE - 512, some));
    }
  }

  @Test
  void whatIsTooLargeOrUnknownIsRefused() throws IOException {
    try (ServedExport served = serve();
        NbdConnection connection = Connector.connect(served.address(), Clock.host())) {
      assertThatThrownBy(() -> connection.perform(Request.of(77, 0, 0, 512)))
          .hasMessageContaining("EINVAL");
      assertThatThrownBy(() -> connection.perform(Request.of(Protocol.CMD_FLUSH, 1 << 9, 0, 0)))
          .hasMessageContaining("EINVAL");
      assertThat(connection.alive()).isTrue();
    }
  }

  @Test
  void aReadOnlyExportIsNotWritten() throws IOException {
    export.refuseWrites();
    try (ServedExport served = serve();
        NbdClient client = client(served)) {
      assertThat(client.readOnly()).isTrue();
      MemorySegment some = MemorySegment.ofArray(new byte[100_000]);
      assertThatThrownBy(() -> client.write(0, some)).hasMessageContaining("EPERM");
      client.read(0, some);
    }
  }

  @Test
  void furtherClientsAreSentAwayAndTheOperatorIsToldOnce() throws IOException {
    try (ServedExport served = ServedExport.at(folder.resolve("s"), export, Optional.empty(), 1);
        NbdClient client = client(served)) {
      for (int n = 0; n < 3; n++) {
        assertThatThrownBy(() -> client(served)).isInstanceOf(IOException.class);
      }
      assertThat(served.notices).hasSize(1);
      client.read(0, MemorySegment.ofArray(new byte[512]));
    }
  }

  @Test
  void aClientThatTakesNothingHoldsUpNobody() throws IOException {
    try (ServedExport served = serve();
        NbdClient other = client(served)) {
      Wire slow = new Wire(SocketLine.connect(socket(), Duration.ofSeconds(5)));
      slow.put32(Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES);
      slow.put64(Protocol.OPTION_MAGIC).put32(Protocol.OPT_EXPORT_NAME).put32(0);
      for (int n = 0; n < 100; n++) {
        slow.put32(Protocol.REQUEST_MAGIC).put32(Protocol.CMD_READ).put64(n).put64(0);
        slow.put32(MemoryExport.SIZE);
      }
      slow.flush();
      for (int n = 0; n < 100; n++) {
        other.read(0, MemorySegment.ofArray(new byte[4096]));
      }
      slow.close();
    } // The server's end waits for nobody.
  }

  @Test
  void aClientThatNeverComesToThePointIsSentAwayHoweverMuchItSays() throws IOException {
    AtomicLong now = new AtomicLong();
    Clock clock =
        new Clock() {
          @Override
          public long nanos() {
            return now.get();
          }

          @Override
          public long epochNanos() {
            return now.get();
          }
        };
    try (ServedExport served = ServedExport.at(folder.resolve("s"), new MemoryExport(), clock);
        SocketChannel client = SocketChannel.open(socket())) {
      assertThat(served.notices).isEmpty();
      ByteBuffer option = ByteBuffer.allocate(16).putLong(Protocol.OPTION_MAGIC).putInt(99);
      ByteBuffer flags = ByteBuffer.allocate(4).putInt(Protocol.FIXED_NEWSTYLE).flip();
      int ignored = client.write(flags);
      try {
        for (int n = 0; n < 40; n++) {
          ignored += client.write(option.clear());
          now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        }
        for (int got = 0; got >= 0; ) {
          got = client.read(ByteBuffer.allocate(1_000));
        }
      } catch (IOException e) {
        // It was sent away while it spoke.
      }
    }
  }

  private UnixDomainSocketAddress socket() {
    return UnixDomainSocketAddress.of(folder.resolve("s"));
  }

  @Test
  void aSocketThatADeadServerHasLeftIsTaken() throws IOException {
    try (ServedExport served = serve()) {
      assertThatThrownBy(this::serve).hasMessageContaining("cannot be listened at");
      assertThat(client(served).size()).isPositive();
    }
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(socket()).close(); // Its file stays.
    try (ServedExport served = serve();
        NbdClient client = client(served)) {
      assertThat(client.size()).isPositive();
    }
    assertThat(folder.resolve("s")).doesNotExist();
  }
}
