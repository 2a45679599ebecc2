package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.InputPort;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ButtonPanelTest {
  private final ManualClock clock = new ManualClock();
  private final Wire user = new Wire();
  private final Wire power = new Wire();
  private final ButtonPanel panel = panel(user, power);
  private final Keys keys = new Keys();

  private ButtonPanel panel(Wire first, Wire second) {
    return new ButtonPanel(
        List.of(new ButtonPanel.Wiring(0x100, first), new ButtonPanel.Wiring(116, second)),
        clock,
        clock);
  }

  private static final class Keys implements InputPort {
    private final List<String> heard = new ArrayList<>();

    @Override
    public boolean driven() {
      return true;
    }

    @Override
    public void press(int code, boolean down) {
      heard.add((down ? "+" : "-") + code);
    }

    @Override
    public void move(int x, int y) {}

    @Override
    public void turn(int up, int right) {}
  }

  @Test
  void aPressClosesTheWireAndHoldsTheKeyForItsTime() {
    panel.plug(keys);
    panel.press(0, 100);
    assertThat(user.high).isTrue();
    assertThat(power.high).isFalse();
    clock.advance(99);
    assertThat(panel.held(0)).isTrue();
    clock.advance(1);
    assertThat(user.high).isFalse();
    assertThat(panel.held(0)).isFalse();
    assertThat(keys.heard).containsExactly("+256", "-256");
  }

  @Test
  void aPressAmidstAPressBeginsTheTimeAnew() {
    panel.press(1, 100);
    clock.advance(60);
    panel.press(1, 100);
    clock.advance(99);
    assertThat(power.high).isTrue();
    clock.advance(1);
    assertThat(power.high).isFalse();
  }

  @Test
  void aButtonThatIsHeldStaysSoUntilItIsLetGo() {
    panel.press(0, 50);
    panel.press(0, ButtonPanel.HELD);
    clock.advance(Long.MAX_VALUE / 4);
    assertThat(user.high).isTrue();
    panel.release(0);
    assertThat(user.high).isFalse();
    panel.release(0);
    assertThat(user.high).isFalse();
  }

  @Test
  void aSavedPressGoesOnForWhatWasLeftOfIt() {
    panel.press(0, 100);
    panel.press(1, ButtonPanel.HELD);
    clock.advance(70);
    ButtonPanel.State saved = panel.state();
    assertThat(saved.left()).containsExactly(30L, ButtonPanel.HELD);
    Wire first = new Wire();
    Wire second = new Wire();
    ButtonPanel copy = panel(first, second);
    copy.plug(keys);
    copy.restore(saved);
    assertThat(first.high).isTrue();
    assertThat(keys.heard).isEmpty(); // the input device has its own state
    clock.advance(30);
    assertThat(first.high).isFalse();
    assertThat(second.high).isTrue();
    assertThat(keys.heard).containsExactly("-256");
  }

  @Test
  void aStateOfAnotherShapeIsRefused() {
    assertThatThrownBy(() -> panel.restore(new ButtonPanel.State(List.of(0L))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("buttons");
    assertThatThrownBy(() -> new ButtonPanel.State(List.of(-1L)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
