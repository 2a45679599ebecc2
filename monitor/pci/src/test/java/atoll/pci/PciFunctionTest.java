package atoll.pci;

import static atoll.pci.PciBench.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.InterruptLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PciFunctionTest {
  private static final int POWER = 1;
  private static final int EXPRESS = 0x10;

  private final PciBench bench = new PciBench();
  private final Told told = new Told();
  private final PciFunction function = bench.add(1, told);
  private final InterruptLine pin = function.interrupt();

  PciFunctionTest() {
    function.endpoint();
  }

  @Test
  void theHeaderSaysWhatItIsInAllSizesOfAccess() {
    assertThat(bench.config(1, 0, 2)).isEqualTo(0x1234);
    assertThat(bench.config(1, 2, 2)).isEqualTo(0x11e8);
    assertThat(bench.config(1, 0, 4)).isEqualTo(0x11e8_1234L);
    assertThat(bench.config(1, 1, 1)).isEqualTo(0x12);
    assertThat(bench.config(1, 8, 4)).isEqualTo(0x0108_0202L);
    assertThat(bench.config(1, 8, 8)).isEqualTo(0x0108_0202L);
    assertThat(bench.config(1, 0x2c, 4)).isEqualTo(0x0077_abcdL);
    assertThat(bench.config(1, 0x3c, 2)).isEqualTo(0x0100);
    assertThat(bench.config(1, 6, 2)).isEqualTo(0x10);
    assertThat(bench.config(1, 0x100, 4)).isZero(); // No extended capability.
    assertThat(bench.config(1, 0xff8, 8)).isZero();
  }

  @Test
  void whereNoFunctionIsEverythingReadsAsOnes() {
    assertThat(bench.config(1, 0x1000, 4)).isEqualTo(0xffff_ffffL);
    assertThat(bench.config(2, 0, 4)).isEqualTo(0xffff_ffffL);
    assertThat(bench.config(31, 0, 2)).isEqualTo(0xffff);
    assertThat(bench.read(ECAM + 0xfff_fff8L, 8)).isEqualTo(-1);
    assertThat(bench.read(LOW + 5, 1)).isEqualTo(0xff);
    bench.config(2, 0, 4, 0);
    bench.config(1, 0x1004, 4, -1);
    assertThat(bench.config(1, COMMAND, 2)).isZero();
  }

  @Test
  void onlyBitsThatSoftwareMayWriteChange() {
    for (int at = 0; at < 0x100; at += 8) {
      bench.config(1, at, 8, -1);
    }
    assertThat(bench.config(1, 0, 4)).isEqualTo(0x11e8_1234L);
    assertThat(bench.config(1, 6, 2)).isEqualTo(0x10);
    assertThat(bench.config(1, 0x3d, 1)).isEqualTo(1);
    assertThat(bench.config(1, 0x34, 1)).isEqualTo(0x40);
  }

  @Test
  void theInterruptStatusShowsThePinWhetherItIsDisabledOrNot() {
    pin.set(true);
    assertThat(bench.lines).containsExactly(false, true, false, false);
    assertThat(bench.config(1, 6, 2)).isEqualTo(0x18);
    bench.config(1, COMMAND, 2, 0x400);
    assertThat(bench.lines).containsOnly(false);
    assertThat(bench.config(1, COMMAND, 4)).isEqualTo(0x18_0400L);
    bench.config(1, COMMAND, 2, 0);
    assertThat(bench.lines[1]).isTrue();
    pin.set(false);
    assertThat(bench.lines).containsOnly(false);
    assertThat(bench.config(1, 6, 2)).isEqualTo(0x10);
  }

  @Test
  void aLineIsHighWhileOneOfItsPinsIs() {
    InterruptLine fifth = bench.add(5, PciDevice.NONE).interrupt();
    pin.set(true);
    fifth.set(true);
    pin.set(false);
    assertThat(bench.lines).containsExactly(false, true, false, false);
    fifth.set(false);
    assertThat(bench.lines).containsOnly(false);
  }

  @Test
  void pinsOfNeighboursAreOnDifferentLines() {
    for (int device = 0; device < PciHost.DEVICES; device++) {
      for (int pin = 0; pin < PciHost.PINS; pin++) {
        assertThat(PciHost.line(device, pin)).isEqualTo((device % 4 + pin) % 4);
      }
    }
  }

  @Test
  void theDeviceHearsWhetherItMayReachMemory() {
    bench.config(1, COMMAND, 2, MASTER);
    bench.config(1, COMMAND, 2, MASTER | MEMORY);
    bench.config(1, COMMAND, 1, MEMORY);
    assertThat(told.events).containsExactly("master true", "master false");
  }

  @Test
  void aFunctionThatSleepsNeitherInterruptsNorReachesMemoryAndForgetsNothing() {
    int power = bench.capability(1, POWER);
    bench.config(1, COMMAND, 2, MASTER);
    pin.set(true);
    bench.config(1, power + 4, 2, 3);
    assertThat(bench.config(1, power + 4, 2)).isEqualTo(0xb);
    assertThat(bench.lines).containsOnly(false);
    bench.config(1, power + 4, 2, 1); // There is no D1.
    assertThat(bench.config(1, power + 4, 2)).isEqualTo(0xb);
    bench.config(1, power + 4, 2, 0);
    assertThat(bench.lines[1]).isTrue();
    assertThat(told.events).containsExactly("master true", "master false", "master true");
  }

  @Test
  void aFunctionLevelResetIsAnnouncedAndForgetsWhatSoftwareWrote() {
    int express = bench.capability(1, EXPRESS);
    assertThat(bench.config(1, express + 4, 4) >>> 28 & 1).isEqualTo(1);
    bench.config(1, COMMAND, 2, MASTER | MEMORY);
    bench.config(1, 0x3c, 1, 77);
    bench.config(1, express + 8, 2, 0x8000);
    assertThat(told.events).containsExactly("master true", "master false", "reset");
    assertThat(bench.config(1, COMMAND, 2)).isZero();
    assertThat(bench.config(1, 0x3c, 1)).isZero();
    assertThat(bench.config(1, express + 8, 2)).isEqualTo(0x2810);
    bench.config(1, express + 9, 1, 0x80);
    bench.config(1, express + 8, 4, 0x8000);
    bench.config(1, express + 8, 1, 0x80); // Not that byte.
    assertThat(told.events).endsWith("master false", "reset", "reset", "reset");
  }

  @Test
  void stateIsWhatSoftwareWroteAndNothingElseIsTaken() {
    function.bar(0, true, 0x4000, new Scratch("bar"));
    bench.config(1, BAR0, 4, LOW);
    bench.config(1, COMMAND, 2, MASTER | MEMORY);
    PciFunction.State state = function.state();

    PciBench other = new PciBench();
    Told fresh = new Told();
    PciFunction copy = other.add(1, fresh);
    copy.endpoint();
    copy.bar(0, true, 0x4000, new Scratch("bar"));
    List<Integer> odd = new ArrayList<>(state.config());
    odd.set(0, 99); // The vendor.
    copy.restore(new PciFunction.State(odd));
    assertThat(other.config(1, 0, 2)).isEqualTo(0x1234);
    assertThat(other.read(LOW + 8, 4)).isEqualTo(8);
    assertThat(fresh.events).containsExactly("master true");
    assertThatThrownBy(() -> copy.restore(new PciFunction.State(odd.subList(0, 16))))
        .hasMessageContaining("16 words of configuration space");
  }

  /** What is written anywhere, in any size: no exception, and the identity stays. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void noAccessToConfigurationSpaceDoesHarm(long seed) {
    Random random = new Random(seed);
    for (int bar = 0; bar < 6; bar += 2) {
      function.bar(bar, true, 0x1000L << bar, new Scratch("a" + bar));
    }
    PciFunction narrow = bench.add(2, PciDevice.NONE);
    for (int bar = 0; bar < 6; bar++) {
      narrow.bar(bar, false, 16L << bar, new Scratch("b" + bar));
    }
    for (int n = 0; n < 100_000; n++) {
      int size = 1 << random.nextInt(4);
      int offset = random.nextInt(random.nextInt(8) == 0 ? 0x8000 : 0x100) & -size;
      long value =
          switch (random.nextInt(4)) {
            case 0 -> LOW + random.nextInt(8) * 0x1000L;
            case 1 -> HIGH >>> 32;
            case 2 -> MEMORY | MASTER;
            default -> random.nextLong();
          };
      bench.config(1 + random.nextInt(2), offset, size, value);
      bench.config(1 + random.nextInt(2), offset, size);
      bench.read(LOW + random.nextInt(0x10000), 1);
    }
    assertThat(bench.config(1, 0, 4)).isEqualTo(0x11e8_1234L);
    assertThat(bench.capability(1, EXPRESS)).isNotZero();
    assertThat(told.events).contains("reset", "master true", "master false");
  }
}
