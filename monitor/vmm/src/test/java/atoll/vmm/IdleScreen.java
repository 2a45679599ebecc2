package atoll.vmm;

import atoll.device.spi.DisplayBackend;
import atoll.device.spi.InputPort;
import java.util.function.LongConsumer;

/** A screen that nobody looks at. */
final class IdleScreen implements DisplayBackend {
  @Override
  public int width() {
    return 640;
  }

  @Override
  public int height() {
    return 480;
  }

  @Override
  public int mostWidth() {
    return 640;
  }

  @Override
  public int mostHeight() {
    return 480;
  }

  @Override
  public void attach(LongConsumer charge) {}

  @Override
  public void detach() {}

  @Override
  public void show(int width, int height) {}

  @Override
  public void blank() {}

  @Override
  public void draw(int x, int y, int[] pixels, int count) {}

  @Override
  public void drawn(int x, int y, int width, int height) {}

  @Override
  public void cursor(int[] pixels, int hotX, int hotY) {}

  @Override
  public void cursorAt(int x, int y) {}

  @Override
  public void noCursor() {}

  @Override
  public void keyboard(InputPort port) {}

  @Override
  public void pointer(InputPort port) {}

  @Override
  public void leds(int lit) {}

  @Override
  public State state() {
    return new State(false, 0, 0, new byte[0], new byte[0], 0, 0, 0, 0);
  }

  @Override
  public void restore(State state) {}
}
