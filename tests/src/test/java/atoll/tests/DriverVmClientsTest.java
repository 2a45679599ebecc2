package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.TestVm;
import atoll.virtio.Service;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelPort.End;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A driver VM that serves its network interface and its console to two clients. */
class DriverVmClientsTest {
  private static final long MIB = 1 << 20;
  private static final int ETHERNET = 14;
  private static final int FRAME = 60;
  private static final short TYPE = (short) 0x88b5;
  private static final long ALL = 0xffff_ffff_ffffL;
  private static final String NEXT_CLIENT = "\u0014";

  /** What the driver VM's interface is plugged into. */
  private static final class Wire implements NetBackend {
    private record Heard(long from, String text) {}

    private final NetFrame frame = new NetFrame();
    private final List<Heard> heard = new ArrayList<>();
    private NetPort port;

    @Override
    public long mac() {
      return 0x5254_0000_0099L;
    }

    @Override
    public boolean macFixed() {
      return false;
    }

    @Override
    public int mtu() {
      return 1_500;
    }

    @Override
    public synchronized void attach(NetPort plugged) {
      port = plugged;
    }

    @Override
    public synchronized void detach(NetPort unplugged) {
      port = null;
    }

    @Override
    public synchronized void ready() {
      while (port != null && port.next(frame)) {
        if (frame.length() != 0) {
          byte[] text = new byte[FRAME - ETHERNET];
          frame.bytes().get(ETHERNET, text);
          heard.add(
              new Heard(
                  frame.bytes().getLong(6) >>> Short.SIZE,
                  new String(text, StandardCharsets.US_ASCII).trim()));
          notifyAll();
        }
      }
    }

    @Override
    public void room() {}

    /** The address of who has sent {@code text} and is not {@code other}. */
    synchronized long sender(String text, long other) throws InterruptedException {
      long end = System.nanoTime() + LIMIT.toNanos();
      while (true) {
        for (Heard one : heard) {
          if (one.text.equals(text) && one.from != other) {
            return one.from;
          }
        }
        long left = (end - System.nanoTime()) / 1_000_000;
        assertThat(left).as("'%s' among %s", text, heard).isPositive();
        wait(left);
      }
    }

    synchronized List<String> texts() {
      return heard.stream().map(Heard::text).distinct().toList();
    }

    void plug(boolean in) {
      NetPort now;
      synchronized (this) {
        now = port;
      }
      now.link(in);
    }

    void send(long to, String text) {
      NetFrame sent = new NetFrame();
      ByteBuffer bytes = sent.become(FRAME).bytes();
      bytes.put(0, new byte[FRAME]);
      bytes.putLong(0, to << Short.SIZE);
      bytes.putLong(6, mac() << Short.SIZE);
      bytes.putShort(12, TYPE);
      bytes.put(ETHERNET, text.getBytes(StandardCharsets.US_ASCII));
      NetPort now;
      synchronized (this) {
        now = port;
      }
      assertThat(now.receive(sent)).isTrue();
    }
  }

  private Microkernel board;

  @BeforeEach
  void makeBoard() {
    board = Microkernel.dedicated(Clock.host(), 3);
  }

  @AfterEach
  void closeBoard() {
    board.close();
  }

  private List<ChannelPort> service(String name, Service.Kind kind) {
    Service first = new Service(kind, false, 0, 0, 0);
    return ChannelPort.make(
        board,
        name,
        Service.MEMORY,
        List.of(End.endpoint(true), new End(true, new ChannelDevice.Served(first))));
  }

  private TestVm server(Engine engine, List<NetBackend> nics, List<ChannelPort> ends) {
    return start(
        VmConfig.builder(engine, TestVm.supervisor("driver", ""))
            .memory(16 * MIB)
            .nics(nics)
            .channels(ends),
        0);
  }

  private TestVm client(Engine engine, int pcpu, ChannelPort end) {
    return start(
        VmConfig.builder(engine, TestVm.firmware("station", ""))
            .memory(16 * MIB)
            .channels(List.of(end)),
        pcpu);
  }

  private TestVm start(VmConfig.Builder config, int pcpu) {
    return TestVm.start(
        config.placements(List.of(new Placement(pcpu, Reservation.UNLIMITED))), board);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void eachClientHearsItsOwnFramesAndSendsInItsOwnName(Engine engine) throws InterruptedException {
    Wire wire = new Wire();
    List<ChannelPort> one = service("one", Service.Kind.NETWORK);
    List<ChannelPort> two = service("two", Service.Kind.NETWORK);
    List<ChannelPort> ends = List.of(one.get(0), two.get(0));
    try (TestVm first = client(engine, 1, one.get(1))) {
      try (TestVm server = server(engine, List.of(wire), ends)) {
        long mac = wire.sender("hello 0", wire.mac());
        try (TestVm second = client(engine, 2, two.get(1))) {
          long other = wire.sender("hello 0", mac);
          wire.send(mac, "to the first");
          wire.send(other, "to the second");
          wire.send(other + 1, "to nobody");
          wire.send(ALL, "to all");
          String heard = first.console().await("heard to all, for all", LIMIT);
          assertThat(heard).contains("heard to the first, mine").doesNotContain("second", "nobody");
          heard = second.console().await("heard to all, for all", LIMIT);
          assertThat(heard).contains("heard to the second, mine").doesNotContain("first", "nobody");
          wire.send(other, "end");
          assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
          assertThat(second.statistics().served().getFirst().refused()).isEqualTo(1);
        }
        wire.plug(false); // Its cable is pulled, and its server stays.
        first.console().await("link down", LIMIT);
        wire.plug(true);
        assertThat(wire.sender("hello 1", wire.mac())).isEqualTo(mac);
        first.console().await("has said hello 1", LIMIT); // and looks at its link again
        server.machine().close();
      }
      try (TestVm server = server(engine, List.of(wire), ends)) {
        long mac = wire.sender("hello 2", wire.mac());
        wire.send(mac, "end");
        assertThat(first.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        server.console().await("serving one", LIMIT);
      }
      assertThat(wire.texts())
          .containsExactly("hello 0", "hello 1", "hello 2"); // and none that was forged
      assertThat(first.statistics().served().getFirst().refused()).isEqualTo(3);
      assertThat(first.statistics().served().getFirst().violations()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void clientsShareAConsoleByMarkedLinesAndOneHasTheKeys(Engine engine)
      throws InterruptedException {
    List<ChannelPort> one = service("one", Service.Kind.CONSOLE);
    List<ChannelPort> two = service("two", Service.Kind.CONSOLE);
    try (TestVm server = server(engine, List.of(), List.of(one.get(0), two.get(0)));
        TestVm first = client(engine, 1, one.get(1))) {
      server.console().await("serving one", LIMIT);
      server.console().type("alone\n");
      first.console().await("typed alone", LIMIT);
      assertThat(server.console().await("got alone", LIMIT)).doesNotContain("one|");
      try (TestVm second = client(engine, 2, two.get(1))) {
        server.console().await("serving two", LIMIT);
        server.console().type("abc\n");
        first.console().await("typed abc", LIMIT);
        server.console().await("one| got abc", LIMIT);
        server.console().type(NEXT_CLIENT + "def\n");
        server.console().await("keys go to two", LIMIT);
        second.console().await("typed def", LIMIT);
        server.console().await("two| got def", LIMIT);
        server
            .console()
            .type("end\n"); // What it has no room for yet is lost if others get the keys.
        assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        server.console().type(NEXT_CLIENT + "end\n");
        assertThat(first.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        assertThat(first.console().text()).doesNotContain("def");
        assertThat(second.console().text()).doesNotContain("abc");
      }
    }
  }
}
