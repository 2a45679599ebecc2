package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.display.Frame;
import atoll.display.Screen;
import atoll.display.ScreenSize;
import atoll.engine.Engine;
import atoll.kernel.DedicatedPolicy;
import atoll.testkit.MovingSystem;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest shows a picture, and draws into it what its keyboard and its pointer report. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class DisplayGuestTest {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 200;
  private static final int KEY_A = 30;
  private static final int KEY_Q = 16;
  private static final int KEY_CAPS_LOCK = 58;
  private static final ScreenSize SIZE = new ScreenSize(640, 480);

  @Parameter Engine engine;

  /** What {@code guests/screen} draws. */
  private static int[] picture() {
    int[] pixels = new int[WIDTH * HEIGHT];
    for (int i = 0; i < pixels.length; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      pixels[i] = (x & 255) << 16 | (y & 255) << 8 | (x ^ y) & 255;
    }
    return pixels;
  }

  private static void square(int[] pixels, int left, int top, int side, int colour) {
    for (int i = 0; i < side * side; i++) {
      pixels[(top + i / side) * WIDTH + left + i % side] = colour;
    }
  }

  private static void key(int[] pixels, int code) {
    square(pixels, code * 16 % WIDTH, code * 16 / WIDTH * 16 % HEIGHT, 16, 0xffffff);
  }

  private static void expect(Screen screen, int[] pixels) {
    Frame frame = screen.frame();
    assertThat(List.of(frame.width(), frame.height())).containsExactly(WIDTH, HEIGHT);
    List<String> wrong =
        IntStream.range(0, pixels.length)
            .filter(i -> frame.pixels()[i] != pixels[i])
            .mapToObj(i ->
                "%d,%d: %06x, expected %06x"
                    .formatted(i % WIDTH, i / WIDTH, frame.pixels()[i], pixels[i]))
            .toList();
    assertThat(wrong).isEmpty();
  }

  private static void press(Screen screen, int code, ScriptedConsole console)
      throws InterruptedException {
    screen.keyboard().press(code, true);
    screen.keyboard().press(code, false);
    String text = console.await("key %d 0".formatted(code), LIMIT);
    assertThat(text).contains("key %d 1".formatted(code));
  }

  private static void await(String text, ScriptedConsole console) throws InterruptedException {
    assertThat(console.await(text, LIMIT)).contains(text);
  }

  @Test
  void thePictureIsShownAndKeysAndThePointerDrawInIt() throws InterruptedException {
    Screen screen = new Screen(SIZE);
    int[] pixels = picture();
    try (TestVm vm = TestVm.guest(engine, "screen", 1, "", c -> c.screen(screen))) {
      await("screen: shown", vm.console());
      expect(screen, pixels);
      press(screen, KEY_A, vm.console());
      key(pixels, KEY_A);
      expect(screen, pixels);
      screen.pointer().move(0x4000, 0x7fff);
      await("at 16384 32767", vm.console());
      press(screen, KEY_CAPS_LOCK, vm.console()); // What came before it is drawn by then.
      key(pixels, KEY_CAPS_LOCK);
      square(pixels, 160, 196, 4, 0xff0000);
      expect(screen, pixels);
      screen.keyboard().press(KEY_Q, true);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.statistics().virtio()).allMatch(device -> device.faults() == 0);
    }
    key(pixels, KEY_Q);
    expect(screen, pixels); // The last picture outlives the machine.
    assertThat(screen.lit()).isFalse();
  }

  /** A machine that goes on in another one, with another screen, each time it is handed over. */
  private static final class Moving implements MovingSystem.Member {
    private Screen screen;

    @Override
    public VmConfig.Builder config(Engine engine) {
      screen = new Screen(SIZE);
      return VmConfig.builder(engine, TestVm.firmware("screen", ""))
          .memory(64 << 20)
          .screen(screen);
    }
  }

  @Test
  void pictureKeysAndLightsGoOnInANewSystem() throws InterruptedException {
    Moving moving = new Moving();
    int[] pixels = picture();
    try (MovingSystem system =
        new MovingSystem(1, DedicatedPolicy::new, List.of(engine)).with("vm", moving).start()) {
      ScriptedConsole console = system.console("vm");
      await("screen: shown", console);
      moving.screen.keyboard().press(KEY_A, true);
      await("key 30 1", console);
      Screen first = moving.screen;
      assertThat(system.handOver()).isTrue();
      assertThat(moving.screen).isNotSameAs(first);
      moving.screen.keyboard().press(KEY_A, true); // It is still pressed.
      moving.screen.keyboard().press(KEY_A, false);
      await("key 30 0", console);
      key(pixels, KEY_A);
      expect(moving.screen, pixels);
      press(moving.screen, 44, console);
      key(pixels, 44);
      for (int n = 0; n < 5; n++) {
        assertThat(system.handOver()).isTrue();
        expect(moving.screen, pixels);
        press(moving.screen, 45 + n, console);
        key(pixels, 45 + n);
        expect(moving.screen, pixels);
      }
      assertThat(console.text().split("key 30 1", -1)).hasSize(2);
      moving.screen.keyboard().press(KEY_Q, true);
      assertThat(system.vm("vm").awaitEnd(LIMIT)).contains(new Outcome.Poweroff(0));
    }
  }
}
