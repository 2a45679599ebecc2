package atoll.display;

import atoll.device.spi.InputPort;
import java.util.ArrayList;
import java.util.List;

/** A keyboard or a pointer that keeps what it hears. */
final class Recorder implements InputPort {
  private final List<String> heard = new ArrayList<>();

  @Override
  public boolean driven() {
    return true;
  }

  @Override
  public synchronized void press(int code, boolean down) {
    heard.add((down ? "+" : "-") + code);
    notifyAll();
  }

  @Override
  public synchronized void move(int x, int y) {
    heard.add("@%d,%d".formatted(x, y));
    notifyAll();
  }

  @Override
  public synchronized void turn(int up, int right) {
    heard.add("~%d,%d".formatted(up, right));
    notifyAll();
  }

  /** What it has heard since it was asked last; at least {@code count} things. */
  synchronized List<String> take(int count) throws InterruptedException {
    while (heard.size() < count) {
      wait();
    }
    List<String> taken = List.copyOf(heard);
    heard.clear();
    return taken;
  }
}
