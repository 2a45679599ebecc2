package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import atoll.manager.VmAction;
import atoll.manager.VmStatus;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.snapshot.SavedMemory;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotStore;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import atoll.vmm.SystemState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Systems are saved into files while they run, and made again from the files. */
@Tag("slow")
class SavedSystemTest {
  private static final int FEW = 4;

  @TempDir Path folder;

  /** Each engine goes on with what the other one has saved. */
  static List<List<String>> orders() {
    List<String> names = Engines.shipped().stream().map(engine -> engine.name()).toList();
    return names.size() == 1 ? List.of(names) : List.of(names, names.reversed());
  }

  static Stream<Arguments> small() {
    return orders().stream()
        .flatMap(order -> SnapshotGuest.SMALL.stream().map(guest -> Arguments.of(guest, order)));
  }

  @ParameterizedTest
  @MethodSource("small")
  void aGuestThatChecksItselfGoesOnFromFiles(SnapshotGuest guest, List<String> engines)
      throws Exception {
    assertThat(guest.run(engines, 7, FEW, folder, LIMIT)).isBetween(0, FEW);
  }

  @Test
  void debianGoesOnWithWhatWasOnItsDisk() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    assertThat(SnapshotGuest.disk().run(List.of("auto"), 7, FEW, folder, LIMIT)).isEqualTo(FEW);
  }

  @Test
  void theCockpitGoesOnWithItsChannel() throws Exception {
    assumeTrue(LinuxGuest.find().isPresent(), "there is no Debian kernel, nor network");
    assertThat(SnapshotGuest.cockpit().run(List.of("auto"), 7, FEW, folder, LIMIT)).isEqualTo(FEW);
  }
}
