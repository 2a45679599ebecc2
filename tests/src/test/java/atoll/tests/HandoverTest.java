package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.vmm.Aia;
import atoll.vmm.BoardOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * At instants that a seed chooses, a system is paused, its state written, and a new one made of
 * that over the same memory: its guests check themselves, and notice nothing. {@link
 * RepeatedHandovers} does it more often.
 */
@Tag("slow")
class HandoverTest {
  private static final int SMALL = 40;

  /** Even: where engines take turns, the faster one has the last, in which the guest ends. */
  private static final int LARGE = 24;

  @TempDir Path folder;

  /** Each alone, and all in turn: a state is the same whoever executes it. */
  static List<List<Engine>> engines() {
    List<Engine> all = Engines.shipped();
    return all.size() == 1
        ? List.of(all)
        : List.of(List.of(all.getFirst()), List.of(all.getLast()), all);
  }

  /** Linux boots on the slower one only where they take turns. */
  static List<List<Engine>> enginesForLinux() {
    List<List<Engine>> all = engines();
    return all.subList(Math.min(1, all.size() - 1), all.size());
  }

  static Stream<Arguments> small() {
    return engines().stream()
        .flatMap(each -> HandoverGuest.SMALL.stream().map(guest -> Arguments.of(each, guest)));
  }

  @ParameterizedTest
  @MethodSource("small")
  void aGuestThatChecksItselfGoesOnInANewSystem(List<Engine> engines, HandoverGuest guest)
      throws Exception {
    int handovers = 0;
    for (long seed = 53; handovers == 0; seed++) { // a guest may be done before the first
      handovers = guest.run(engines, seed, SMALL, LIMIT);
    }
    assertThat(handovers).isLessThanOrEqualTo(SMALL);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aDeviceOfAUsersOwnGoesOnInANewSystem(List<Engine> engines) throws Exception {
    ExampleDevice.build(folder);
    try (var classes = ExampleDevice.classes(folder)) {
      HandoverGuest guest = HandoverGuest.thermometer(ExampleDevice.thermometer(classes));
      int handovers = 0;
      for (long seed = 53; handovers == 0; seed++) { // the guest may be done before the first
        handovers = guest.run(engines, seed, SMALL, LIMIT);
      }
      assertThat(handovers).isLessThanOrEqualTo(SMALL);
    }
  }

  private static LinuxGuest linux() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    return found.get();
  }

  @ParameterizedTest
  @MethodSource("enginesForLinux")
  void debianUnderLoadGoesOnInANewSystem(List<Engine> engines) throws Exception {
    try (RawDisk disk = RawDisk.open(disk(), false)) {
      HandoverGuest debian = HandoverGuest.debian(linux(), disk, options(engines));
      assertThat(debian.run(engines, 53, LARGE, LIMIT)).isEqualTo(LARGE);
    }
  }

  /** Where engines take turns, devices are on PCI Express and send messages. */
  private static BoardOptions options(List<Engine> engines) {
    return engines.size() > 1
        ? new BoardOptions(true, Set.of(), Aia.APLIC_IMSIC)
        : BoardOptions.USUAL;
  }

  private Path disk() throws IOException {
    Path file = folder.resolve("disk.img");
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(16 << 20);
    }
    return file;
  }

  @ParameterizedTest
  @MethodSource("enginesForLinux")
  void theCockpitWithItsChannelGoesOnInANewSystem(List<Engine> engines) throws Exception {
    assertThat(HandoverGuest.cockpit(linux()).run(engines, 53, LARGE, LIMIT)).isEqualTo(LARGE);
  }
}
