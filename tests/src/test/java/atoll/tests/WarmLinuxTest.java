package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.MirrorChoice;
import atoll.manager.Event;
import atoll.manager.Manager;
import atoll.manager.PluggedConsoles;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.manager.Wiring;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Guest;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NetworkDescription.Uplink;
import atoll.scenario.NicDescription;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The second start of Linux goes on from a snapshot of the first, and two that do have no secret in
 * common.
 */
@Tag("slow")
class WarmLinuxTest {
  private static final String VM = "vm";
  private static final String PROMPT = "atoll:~# ";

  /** Ports of the guest's, each for one connection to the network's gateway. */
  private static final List<Integer> PORTS = List.of(4001, 4002, 4003, 4004);

  /** In ticks of 64 ns, by which Linux's sequence numbers go on: a tenth of a second. */
  private static final long CLOSE = 100_000_000 / 64;

  /** How much later than the first start the others are. */
  private static final Duration LATER = Duration.ofDays(10);

  @TempDir static Path cache;
  @TempDir Path folder;

  /** The host's clock, but with a later date. */
  private record LaterClock(Clock host, Duration by) implements Clock {
    @Override
    public long nanos() {
      return host.nanos();
    }

    @Override
    public long epochNanos() {
      return host.epochNanos() + by.toNanos();
    }

    long seconds() {
      return epochNanos() / 1_000_000_000;
    }
  }

  /** A run of the same Linux as each other one. */
  private static final class Run implements AutoCloseable {
    private final LaterClock clock;
    private final Manager manager;
    private final ScriptedConsole console = new ScriptedConsole();
    private final ScriptedConsole serial = new ScriptedConsole();
    private final List<String> notices = new ArrayList<>();
    private final List<Event.Beginning> beginnings = new ArrayList<>();

    Run(Path cache, Duration later, Path capture) {
      clock = new LaterClock(Clock.host(), later);
      manager =
          new Manager(
              clock,
              Effects.host(),
              name -> name.equals("XDG_CACHE_HOME") ? cache.toString() : System.getenv(name));
      NicDescription nic =
          new NicDescription(
              "net", Optional.empty(), OptionalLong.empty(), Optional.of(capture), List.of());
      VmDescription vm =
          VmDescription.builder(
                  VM, new Guest.Linux(MirrorChoice.USUAL, "dumb", Guest.Images.none()))
              .memory(256L << 20)
              .console(ConsoleKind.VIRTIO)
              .engine("translator")
              .nics(List.of(nic))
              .build();
      NetworkDescription network =
          new NetworkDescription("net", Uplink.USER, Optional.empty(), 1500, true);
      PluggedConsoles consoles =
          new PluggedConsoles(manager, Map.of(VM, new Wiring(serial, Optional.of(console))));
      manager.perform(
          new SystemAction.CreateSystem(Scenario.of(vm, List.of(network)), "dumb", Map.of(), true),
          event -> {
            consoles.accept(event);
            if (event instanceof Event.Noticed(String of, String text)) {
              notices.add(text);
            } else if (event instanceof Event.LifeBegan(String of, int life, Event.Beginning why)) {
              beginnings.add(why);
            }
          });
      manager.perform(new SystemAction.StartSystem());
    }

    /** What a command prints in one line. */
    String answer(String command) throws InterruptedException {
      console.type("echo \"<$(" + command + ")>\"\n");
      console.await("<", LIMIT);
      return console.await(">", LIMIT).replace(">", "");
    }

    @Override
    public void close() {
      manager.perform(new SystemAction.StopSystem());
      SystemEnd end = manager.perform(new SystemAction.CloseSystem());
      assertThat(end.losses()).isEmpty();
    }
  }

  private static Path snapshots(Path cache) {
    return cache.resolve("atoll/warm/snapshots");
  }

  private static List<Path> kept(Path cache) throws IOException {
    try (Stream<Path> all = Files.list(snapshots(cache))) {
      return all.filter(path -> path.getFileName().toString().startsWith("linux-")).toList();
    }
  }

  /** The first start, until its boot is kept. */
  @BeforeAll
  static void boot(@TempDir Path folder) throws IOException, InterruptedException {
    Optional<LinuxGuest> linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    Path images = linux.get().initramfs().toAbsolutePath().getParent();
    Files.createDirectories(snapshots(cache));
    Files.createSymbolicLink(cache.resolve("atoll/debian"), images);
    try (WatchService watch = cache.getFileSystem().newWatchService()) {
      WatchKey key = snapshots(cache).register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      try (Run run = new Run(cache, Duration.ZERO, folder.resolve("first.pcapng"))) {
        run.console.await(PROMPT, LIMIT);
        while (kept(cache).isEmpty() && key.isValid()) {
          WatchKey told = watch.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
          List<WatchEvent<?>> events = told.pollEvents();
          assertThat(events).isNotEmpty();
          told.reset();
        }
        assertThat(run.notices).isEmpty();
      }
    }
    assertThat(kept(cache)).hasSize(1);
  }

  /** The first SYN from each port: what the capture says is its time, and its number. */
  private record Syn(long nanos, long number) {}

  private static Map<Integer, Syn> syns(Path capture) throws IOException {
    Map<Integer, Syn> found = new TreeMap<>();
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(capture)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < file.limit(); at += file.getInt(at + 4)) {
      int frame = at + 28;
      // pcapng's enhanced packet block; IPv4 over Ethernet; TCP; SYN alone.
      boolean syn =
          file.getInt(at) == 6
              && Short.reverseBytes(file.getShort(frame + 12)) == 0x0800
              && file.get(frame + 23) == 6
              && file.get(frame + 47) == 2;
      if (syn) {
        long nanos = (long) file.getInt(at + 12) << 32 | file.getInt(at + 16) & 0xffff_ffffL;
        int port = Short.reverseBytes(file.getShort(frame + 34)) & 0xffff;
        long number = Integer.reverseBytes(file.getInt(frame + 38)) & 0xffff_ffffL;
        found.putIfAbsent(port, new Syn(nanos, number));
      }
    }
    return found;
  }

  private static void connect(Run run) throws InterruptedException {
    for (int port : PORTS) {
      run.console.type(
          "echo %d %d >/proc/sys/net/ipv4/ip_local_port_range\n".formatted(port, port));
      String refused =
          run.answer(
              "until nc 10.0.2.2 9 </dev/null 2>&1 | grep -o refused; do usleep 50000; done");
      assertThat(refused).isEqualTo("refused");
    }
  }

  /**
   * How far a connection's number in one is ahead of the same one's in the other, beside what time
   * explains: with a common secret that is the same for all connections.
   */
  private static List<Long> differences(Map<Integer, Syn> one, Map<Integer, Syn> other) {
    return PORTS.stream()
        .map(port -> {
          Syn a = one.get(port);
          Syn b = other.get(port);
          return b.number - a.number - (b.nanos - a.nanos) / 64 & 0xffff_ffffL;
        })
        .toList();
  }

  private static boolean close(long a, long b) {
    int apart = (int) (a - b);
    return Math.abs((long) apart) < CLOSE;
  }

  @Test
  void twoThatGoOnFromOneSnapshotHaveTheDateAndNoSecretInCommon() throws Exception {
    Path a = folder.resolve("a.pcapng");
    Path b = folder.resolve("b.pcapng");
    List<String> random = new ArrayList<>();
    try (Run one = new Run(cache, LATER, a);
        Run other = new Run(cache, LATER, b)) {
      for (Run run : List.of(one, other)) {
        assertThat(run.notices).isEmpty();
        assertThat(run.beginnings).containsExactly(Event.Beginning.SECOND);
        assertThat(run.console.text()).contains("Linux on Atoll").endsWith(PROMPT);
        assertThat(run.serial.text()).isEmpty();
        random.add(run.answer("head -c 16 /dev/urandom | md5sum"));
        random.add(run.answer("cat /proc/sys/kernel/random/uuid"));
        random.add(run.answer("dmesg | grep -o 'reseeded due to virtual machine fork'"));
        long before = run.clock.seconds();
        String late = "until [ $(date +%s) -ge " + (before - 1) + " ]; do usleep 20000; done";
        long date = Long.parseLong(run.answer(late + "; date +%s"));
        assertThat(date).isBetween(before - 1, run.clock.seconds() + 1);
        connect(run);
      }
    }
    assertThat(random.get(0)).isNotEqualTo(random.get(3));
    assertThat(random.get(1)).isNotEqualTo(random.get(4));
    assertThat(List.of(random.get(2), random.get(5)))
        .containsOnly("reseeded due to virtual machine fork");
    List<Long> differences = differences(syns(a), syns(b));
    assertThat(differences).anyMatch(difference -> !close(difference, differences.getFirst()));
  }

  @Test
  void oneThatIsDamagedIsSaidInALineAndLinuxBoots() throws Exception {
    Path damaged = folder.resolve("damaged");
    copy(cache.resolve("atoll"), Files.createDirectory(damaged).resolve("atoll"));
    Path manifest = kept(damaged).getFirst().resolve("manifest");
    byte[] bytes = Files.readAllBytes(manifest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(manifest, bytes);
    try (Run run = new Run(damaged, LATER, folder.resolve("c.pcapng"))) {
      run.serial.await("Linux version", LIMIT);
      assertThat(run.beginnings).containsExactly(Event.Beginning.SYSTEM);
      assertThat(run.notices).hasSize(1);
      assertThat(run.notices.getFirst())
          .startsWith("linux boots, since the snapshot of its boot cannot be used: ")
          .contains("manifest");
      assertThat(run.console.text()).isEmpty();
    }
    assertThat(kept(damaged)).isEmpty();
  }

  /** With the link to the images. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()), LinkOption.NOFOLLOW_LINKS);
      }
    }
  }
}
