package atoll.pci;

import static atoll.pci.PciBench.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BarTest {
  private static final long SIZE = 0x4000;
  private static final long ONES = 0xffff_ffffL;

  private final PciBench bench = new PciBench();
  private final PciFunction function = bench.add(1, PciDevice.NONE);
  private final Scratch wide = new Scratch("wide");
  private final Scratch narrow = new Scratch("narrow");

  BarTest() {
    function.bar(0, true, SIZE, wide);
    function.bar(2, false, 0x1000, narrow);
    wide.value = 0x1000_0000;
    narrow.value = 0x2000_0000;
  }

  private void put(int bar, long address) {
    bench.config(1, BAR0 + 4 * bar, 4, address & ONES);
    if (bar == 0) {
      bench.config(1, BAR0 + 4, 4, address >>> 32);
    }
  }

  private void enable() {
    bench.config(1, COMMAND, 2, MEMORY);
  }

  @Test
  void onesThatAreWrittenShowTheSize() {
    put(0, -1);
    put(2, -1);
    assertThat(bench.config(1, BAR0, 4)).isEqualTo(0xffff_c004L);
    assertThat(bench.config(1, BAR0 + 4, 4)).isEqualTo(ONES);
    assertThat(bench.config(1, BAR0 + 8, 4)).isEqualTo(0xffff_f000L);
    assertThat(bench.config(1, BAR0 + 12, 4)).isZero();
  }

  @Test
  void itAnswersInItsWindowWhileMemoryIsEnabledOnly() {
    put(0, HIGH + SIZE);
    put(2, LOW);
    assertThat(bench.read(HIGH + SIZE, 4)).isEqualTo(ONES);
    enable();
    assertThat(bench.read(HIGH + SIZE + 4, 4)).isEqualTo(0x1000_0004);
    assertThat(bench.read(LOW + 8, 4)).isEqualTo(0x2000_0008);
    bench.config(1, COMMAND, 2, 0);
    assertThat(bench.read(LOW + 8, 4)).isEqualTo(ONES);
  }

  @Test
  void itMovesWhileItIsInUse() {
    put(2, LOW);
    enable();
    assertThat(bench.read(LOW, 4)).isEqualTo(0x2000_0000);
    put(2, LOW + 0x3000);
    assertThat(bench.read(LOW, 4)).isEqualTo(ONES);
    assertThat(bench.read(LOW + 0x3000, 4)).isEqualTo(0x2000_0000);
    put(2, -1); // Sizing with memory enabled, as some software does.
    assertThat(bench.read(LOW + 0x3000, 4)).isEqualTo(ONES);
    put(2, LOW + 0x3000);
    assertThat(bench.read(LOW + 0x3000, 4)).isEqualTo(0x2000_0000);
  }

  @Test
  void outsideOfTheWindowsItIsNowhere() {
    enable();
    for (long address : new long[] {0, 0x1000_0000, LOW - 0x1000, LOW + 0x4000_0000, ECAM}) {
      put(2, address);
      assertThat(bench.bus.statistics()).noneMatch(device -> device.device().equals("narrow"));
    }
    put(0, HIGH + 0x4_0000_0000L - SIZE);
    assertThat(bench.read(HIGH + 0x4_0000_0000L - 4, 4)).isEqualTo(0x1000_0000 + SIZE - 4);
    put(0, HIGH + 0x4_0000_0000L);
    assertThat(bench.bus.statistics()).noneMatch(device -> device.device().equals("wide"));
    put(0, 1L << 63);
    assertThat(bench.bus.statistics()).noneMatch(device -> device.device().equals("wide"));
  }

  @Test
  void ofTwoAtOnePlaceTheFirstIsThereAndTheOtherWhenItHasLeft() {
    put(0, LOW);
    put(2, LOW + 0x1000);
    enable();
    assertThat(bench.read(LOW + 0x1000, 4)).isEqualTo(0x1000_1000);
    put(0, LOW + SIZE);
    assertThat(bench.read(LOW + 0x1000, 4)).isEqualTo(0x2000_0000);
    assertThat(bench.read(LOW + SIZE, 4)).isEqualTo(0x1000_0000);
    put(0, LOW);
    assertThat(bench.read(LOW + 0x1000, 4)).isEqualTo(0x1000_1000);
    put(0, 0);
    assertThat(bench.read(LOW + 0x1000, 4)).isEqualTo(0x2000_0000);
  }

  /** Two vCPUs: one moves it, the other finds it at one place or the other, or nothing. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anAccessDuringAMoveMeetsItOrNothing() throws InterruptedException {
    put(2, LOW);
    enable();
    AtomicBoolean wrong = new AtomicBoolean();
    AtomicBoolean done = new AtomicBoolean();
    Thread other =
        new Thread(() -> {
          var access = new atoll.device.MmioAccess();
          while (!done.get()) {
            boolean there = bench.bus.perform(access.read(LOW, 4));
            long found = access.value();
            wrong.compareAndSet(false, !there || found != ONES && found != 0x2000_0000);
          }
        });
    other.start();
    for (int n = 0; n < 20_000; n++) {
      put(2, LOW + 0x1000L * (n & 1));
    }
    done.set(true);
    other.join();
    assertThat(wrong).isFalse();
  }
}
