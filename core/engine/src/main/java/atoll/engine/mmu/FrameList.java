package atoll.engine.mmu;

import atoll.state.Unsaved;
import java.util.Arrays;

/** Page frames, each once; whatever the number of pages, adding and taking one takes no time. */
@Unsaved("finished before a state is taken")
final class FrameList {
  private static final int END = -1;

  /** By frame: two more than the next frame in the list; 0 if the frame is not in it. */
  private int[] links;

  private int first = END;

  /** Of the frames 0 to {@code frames - 1}; it is empty. */
  FrameList(int frames) {
    links = new int[frames];
  }

  /** There are frames up to another number. */
  void resize(int frames) {
    links = Arrays.copyOf(links, Math.max(frames, links.length));
  }

  boolean isEmpty() {
    return first == END;
  }

  /** Adds a frame that may be there already. */
  void add(int frame) {
    if (links[frame] == 0) {
      links[frame] = first + 2;
      first = frame;
    }
  }

  /** Takes one out; there is one. */
  int take() {
    int taken = first;
    first = links[taken] - 2;
    links[taken] = 0;
    return taken;
  }
}
