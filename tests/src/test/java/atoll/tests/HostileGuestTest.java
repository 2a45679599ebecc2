package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.image.VariableFiles;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.TestVm;
import atoll.vmm.ChannelPort;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code guests/hostile} tries to get out, and says itself what got through. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class HostileGuestTest {
  private static final int MEMORY_MIB = 16;

  @Parameter Engine engine;
  @TempDir Path folder;

  private VmConfig.Builder config(String guest, String arguments, int pcpu, ChannelPort port) {
    return VmConfig.builder(engine, TestVm.supervisor(guest, arguments))
        .memory((long) MEMORY_MIB << 20)
        .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)))
        .channels(List.of(port));
  }

  private static void expectContained(TestVm vm, int rounds) throws InterruptedException {
    Outcome outcome = vm.end(LIMIT);
    assertThat(vm.console().text())
        .contains("hostile: round " + rounds + ":", "verdict: CONTAINED")
        .doesNotContain("ESCAPE:");
    assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void nothingThatItTriesOnOneHartGetsThrough() throws InterruptedException {
    var boot = TestVm.supervisor("hostile", "rounds=2 seed=1");
    try (TestVm vm = TestVm.start(engine, boot, 1, MEMORY_MIB, UnaryOperator.identity())) {
      expectContained(vm, 2);
    }
  }

  @Test
  void norWhileAnotherHartDisturbs() throws InterruptedException {
    var boot = TestVm.supervisor("hostile", "rounds=1 seed=2");
    try (TestVm vm = TestVm.start(engine, boot, 2, MEMORY_MIB, UnaryOperator.identity())) {
      expectContained(vm, 1);
    }
  }

  /** A flash chip that is mistreated, and firmware's configuration that is read to anywhere. */
  @Test
  void norWithFlashOnItsBoard() throws IOException, InterruptedException {
    Path file = folder.resolve("vars.fd");
    VariableFiles.make(file, Optional.empty(), FirmwareFlash.BANK);
    var boot = TestVm.supervisor("hostile", "rounds=1 seed=5");
    try (RawDisk variables = RawDisk.open(file, false)) {
      FirmwareFlash flash = new FirmwareFlash(Image.bytes("code", new byte[] {1, 2, 3}), variables);
      try (TestVm vm = TestVm.start(engine, boot, 1, MEMORY_MIB, c -> c.flash(flash))) {
        expectContained(vm, 1);
        assertThat(vm.statistics().devices())
            .filteredOn(device -> device.device().matches("flash[01]|fw-cfg"))
            .hasSize(3)
            .allMatch(device -> device.writes() > 0);
      }
    }
  }

  /** It garbles the window and rings without end; the element refuses, and lives. */
  @Test
  void aSecureElementOutlivesAHostileAsker() throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      List<ChannelPort> ports = ChannelPort.pair(board, "vault", 4096, true, true);
      try (TestVm secure = TestVm.start(config("secure", "", 1, ports.get(0)), board);
          TestVm hostile =
              TestVm.start(config("hostile", "rounds=1 seed=4", 0, ports.get(1)), board)) {
        expectContained(hostile, 1);
        secure.console().await("refused: ", LIMIT);
        assertThat(secure.machine().awaitEnd(Duration.ZERO)).isEmpty();
      }
    }
  }

  @Test
  void norThroughAChannelThatItMayOnlyRead() throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      ChannelPort port = ChannelPort.pair(board, "data", 8192, true, false).getLast();
      try (TestVm vm = TestVm.start(config("hostile", "rounds=1 seed=3", 0, port), board)) {
        expectContained(vm, 1);
      }
    }
  }
}
