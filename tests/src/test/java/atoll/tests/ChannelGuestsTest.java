package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.MovingTime;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelDevice.Chip;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelPort.End;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real-time guest and a stock Debian kernel, side by side, with a channel between them. */
@Tag("slow")
class ChannelGuestsTest {
  private static final int LINUX_MIB = 256;
  private static final int SMALL_MIB = 16;
  private static final long CHANNEL_SIZE = 8192;
  private static final Map<String, java.nio.file.Path> TOOL =
      Map.of(
          "bin/atoll-channel", GuestProgram.elf("atoll-channel"),
          "bin/atoll-ivshmem", GuestProgram.elf("ivshmem"));

  private LinuxGuest linux;
  private Microkernel board;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
    board = Microkernel.dedicated(Clock.host(), 3);
  }

  @AfterEach
  void closeBoard() {
    if (board != null) {
      board.close();
    }
  }

  private TestVm start(Engine engine, Boot boot, int memoryMib, int pcpu, ChannelPort... ports) {
    VmConfig.Builder config =
        VmConfig.builder(engine, boot)
            .memory((long) memoryMib << 20)
            .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)))
            .channels(List.of(ports));
    return TestVm.start(config, board);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void linuxShowsWhatTheClusterPublishesMeasuresItsCoolantAndIsAnsweredByAPeer(Engine engine)
      throws IOException, InterruptedException {
    List<ChannelPort> ports = ChannelPort.pair(board, "vehicle", CHANNEL_SIZE, true, false);
    List<ChannelPort> sensors = sensors();
    End ivshmem = new End(true, new ChannelDevice.Ivshmem(1));
    List<ChannelPort> pool =
        ChannelPort.make(board, "pool", 1 << 16, List.of(ivshmem, ivshmem, ivshmem));
    String commands =
        """
        atoll-channel list
        atoll-channel show vehicle 3
        atoll-channel write vehicle 0 nonsense || echo REFUSED
        devmem 0x6000000 32 0 || echo FAULTED
        atoll-channel read vehicle 0 16
        modprobe -a i2c_ocores tmp102 mcp4725
        sleep 1
        cat /sys/bus/i2c/devices/0-0048/hwmon/hwmon*/temp1_input
        echo 4095 > /sys/bus/i2c/devices/0-0060/iio:device0/out_voltage0_raw
        cat /sys/bus/i2c/devices/0-0060/iio:device0/out_voltage0_raw
        modprobe uio_pci_generic
        echo 1af4 1110 > /sys/bus/pci/drivers/uio_pci_generic/new_id
        atoll-ivshmem list
        atoll-ivshmem write 0 0 'how are you'
        atoll-ivshmem ring 0 1
        atoll-ivshmem wait 0 60
        atoll-ivshmem read 0 64 16
        """;
    try (TestVm cluster =
            start(
                engine,
                TestVm.supervisor("cluster", ""),
                SMALL_MIB,
                1,
                ports.get(0),
                sensors.get(0));
        TestVm peer = start(engine, TestVm.supervisor("peer", ""), SMALL_MIB, 2, pool.get(1));
        TestVm open =
            start(
                engine,
                linux.boot(commands, TOOL),
                LINUX_MIB,
                0,
                ports.get(1),
                sensors.get(1),
                pool.get(0))) {
      peer.console().await("peer: I am 1", LIMIT);
      assertThat(open.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = open.console().text();
      assertThat(text)
          .containsPattern("\\n[2-9][0-9]\\d{3}\r\n4095\r\n")
          .containsPattern("0  0000:00:01.0  65536 bytes, peer 0, revision 0, /dev/uio\\d")
          .contains("rung, status 1", "HOW ARE YOU");
      assertThat(text)
          .contains("vehicle  8192 bytes at 0x6000000, read-only, the other end is up")
          .contains("REFUSED", "FAULTED", "VHCL");
      assertThat(text.lines().filter(line -> line.contains(" km/h, "))).hasSize(3);
      cluster.console().await("a reader has come", LIMIT);
      cluster.console().await("a reader has gone", LIMIT);
      cluster.console().await("fan 100 %", LIMIT); // which stays
      assertThat(open.statistics().channels().getFirst().ringsReceived()).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void theSecureElementAnswersAndVerifiesButItsKeyStays(Engine engine)
      throws IOException, InterruptedException, GeneralSecurityException {
    String key = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    List<ChannelPort> ports = ChannelPort.pair(board, "vault", CHANNEL_SIZE, true, true);
    String right = mac(key, "unlock the door");
    String commands =
        """
        atoll-channel ask vault 'unlock the door'
        atoll-channel verify vault 'unlock the door' %1$s
        atoll-channel verify vault 'unlock the gate' %1$s || echo NOT THAT ONE
        atoll-channel read vault 0 8192 > /tmp/window
        wc -l < /tmp/window
        grep -c '%2$s' /tmp/window
        """
            .formatted(right, "00 11 22 33 44 55 66 77");
    try (TestVm secure =
            start(engine, TestVm.supervisor("secure", "key=" + key), SMALL_MIB, 1, ports.get(0));
        TestVm open = start(engine, linux.boot(commands, TOOL), LINUX_MIB, 0, ports.get(1))) {
      secure.console().await("serving channel vault", LIMIT);
      assertThat(open.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(open.console().text())
          .contains(right + "\r\nright\r\nwrong\r\nNOT THAT ONE\r\n512\r\n0\r\n");
      secure.console().await("request 1 answered", LIMIT); // it answers first, and then says so
      secure.console().await("request 3 wrong mac", LIMIT);
    }
  }

  /** A bus on which the cluster is two chips of Linux's. */
  private List<ChannelPort> sensors() {
    var chips = List.of(new Chip(0x48, "ti,tmp102"), new Chip(0x60, "microchip,mcp4725"));
    return ChannelPort.make(
        board,
        "sensors",
        4096,
        List.of(End.endpoint(true), new End(false, new ChannelDevice.I2c(chips))));
  }

  private static String mac(String key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(HexFormat.of().parseHex(key), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
  }

  /** In time that no host is too slow for. */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void linuxRestartsItsWatchdogUntilItNoLongerDoes(Engine engine)
      throws IOException, InterruptedException {
    String commands =
        """
        modprobe sunxi_wdt
        watchdog -t 1 -T 6 -F /dev/watchdog &
        sleep 8
        echo STILL HERE
        kill -9 $!
        sleep 30
        """;
    var boot = linux.boot(commands);
    try (MovingTime time = new MovingTime(Duration.ofNanos(1_000));
        TestVm vm = TestVm.start(engine, boot, LINUX_MIB, time, c -> c)) {
      vm.console().await("STILL HERE", LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Watchdog());
    }
  }
}
