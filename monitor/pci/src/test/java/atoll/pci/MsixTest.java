package atoll.pci;

import static atoll.pci.PciBench.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.InterruptLine;
import org.junit.jupiter.api.Test;

class MsixTest {
  private static final int ID = 0x11;
  private static final int ENABLE = 0x8000;
  private static final int MASK = 0x4000;
  private static final int VECTORS = 70;

  private final PciBench bench = new PciBench();
  private final PciFunction function = bench.add(1, PciDevice.NONE);
  private final InterruptLine pin = function.interrupt();
  private final Msix msix = function.msix(1, VECTORS).orElseThrow();
  private final int control = bench.capability(1, ID) + 2;

  MsixTest() {
    bench.config(1, BAR0 + 4, 4, LOW);
    bench.config(1, COMMAND, 2, MEMORY | MASTER);
    bench.config(1, control, 2, ENABLE);
  }

  private void open(int vector) {
    bench.write(LOW + 16L * vector, 8, 0x1_2800_1000L);
    bench.write(LOW + 16L * vector + 8, 8, 0x77 + vector);
  }

  private void mask(int vector, int value) {
    bench.write(LOW + 16L * vector + 12, 4, value);
  }

  private long pending(int vector) {
    return bench.read(LOW + 0x800 + vector / 32 * 4L, 4) >>> vector % 32 & 1;
  }

  @Test
  void theCapabilitySaysHowManyVectorsThereAreAndWhere() {
    assertThat(bench.config(1, control, 2)).isEqualTo(ENABLE | VECTORS - 1);
    assertThat(bench.config(1, control + 2, 4)).isEqualTo(1);
    assertThat(bench.config(1, control + 6, 4)).isEqualTo(0x801);
  }

  @Test
  void aVectorSendsItsMessage() {
    open(0);
    open(69);
    msix.raise(69);
    msix.raise(0);
    assertThat(bench.messages).containsExactly("128001000: bc", "128001000: 77");
  }

  @Test
  void whatIsMaskedIsPendingAndSentOnceWhenItIsNoMore() {
    open(65);
    mask(65, 1);
    msix.raise(65);
    msix.raise(65);
    assertThat(bench.messages).isEmpty();
    assertThat(pending(65)).isEqualTo(1);
    mask(65, 0);
    assertThat(bench.messages).hasSize(1);
    assertThat(pending(65)).isZero();
  }

  @Test
  void allOfAFunctionCanBeMasked() {
    open(3);
    bench.config(1, control, 2, ENABLE | MASK);
    msix.raise(3);
    assertThat(bench.messages).isEmpty();
    bench.config(1, control, 2, ENABLE);
    assertThat(bench.messages).hasSize(1);
  }

  @Test
  void withoutBusMasterNothingIsSent() {
    open(3);
    bench.config(1, COMMAND, 2, MEMORY);
    msix.raise(3);
    assertThat(bench.messages).isEmpty();
    bench.config(1, COMMAND, 2, MEMORY | MASTER);
    assertThat(bench.messages).hasSize(1);
  }

  @Test
  void everyVectorIsMaskedAtFirstAndAfterAReset() {
    assertThat(bench.read(LOW + 12, 4)).isEqualTo(1);
    function.endpoint();
    open(0);
    bench.config(1, bench.capability(1, 0x10) + 8, 2, 0x8000);
    assertThat(msix.enabled()).isFalse();
    bench.config(1, BAR0 + 4, 4, LOW);
    bench.config(1, COMMAND, 2, MEMORY);
    assertThat(bench.read(LOW + 12, 4)).isEqualTo(1);
    assertThat(bench.read(LOW, 8)).isZero();
  }

  @Test
  void thePinIsLowWhileMessagesAreEnabled() {
    pin.set(true);
    assertThat(bench.lines[1]).isFalse();
    bench.config(1, control, 2, 0);
    assertThat(bench.lines[1]).isTrue();
  }

  @Test
  void narrowAndDistantWritesAreIgnored() {
    open(0);
    bench.write(LOW, 2, -1);
    bench.write(LOW + 0x800, 4, -1);
    bench.write(LOW + 16L * VECTORS, 4, -1);
    assertThat(bench.read(LOW, 8)).isEqualTo(0x1_2800_1000L);
    assertThat(pending(0)).isZero();
    assertThat(bench.read(LOW + 16L * VECTORS, 4)).isZero();
    assertThat(bench.read(LOW + 3, 1)).isEqualTo(0x28);
  }

  @Test
  void stateHasTheTableAndWhatIsPending() {
    open(2);
    mask(2, 1);
    msix.raise(2);
    PciBench other = new PciBench();
    PciFunction copy = other.add(1, PciDevice.NONE);
    Msix restored = copy.msix(1, VECTORS).orElseThrow();
    copy.restore(function.state());
    restored.restore(msix.state());
    other.write(LOW + 16L * 2 + 12, 4, 0);
    assertThat(other.messages).containsExactly("128001000: 79");
  }

  @Test
  void aStateWithFewerVectorsLeavesTheOthersMasked() {
    open(2);
    PciBench other = new PciBench();
    PciFunction copy = other.add(1, PciDevice.NONE);
    Msix larger = copy.msix(1, VECTORS + 3).orElseThrow();
    copy.restore(function.state());
    larger.restore(msix.state());
    larger.raise(2);
    larger.raise(VECTORS + 2);
    assertThat(other.messages).containsExactly("128001000: 79");
    assertThat(other.read(LOW + 16L * (VECTORS + 2) + 12, 4)).isEqualTo(1);
    assertThatThrownBy(() -> msix.restore(larger.state()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("words of MSI-X");
  }
}
