package atoll.device;

import atoll.state.StateShape;
import atoll.state.Stateful;
import java.util.List;

/**
 * The interrupt files of one privilege level, a page for each hart (RISC-V AIA 1.0, §3.6): a word
 * that is stored at its beginning is the identity that becomes pending.
 */
public final class Imsic implements MmioDevice, Stateful<Imsic.State> {
  /** Bytes of a file's page. */
  public static final long PAGE = 0x1000;

  private static final int SET_LITTLE_ENDIAN = 0; // seteipnum_le
  private static final int SET_BIG_ENDIAN = 4; // seteipnum_be

  private final String name;
  private final List<ImsicFile> files;

  /**
   * The whole state.
   *
   * @param files by hart
   */
  public record State(List<ImsicFile.State> files) {
    public State {
      files = List.copyOf(files);
    }
  }

  /**
   * Puts files on pages.
   *
   * @param name for statistics
   * @param files by hart
   */
  public Imsic(String name, List<ImsicFile> files) {
    this.name = name;
    this.files = List.copyOf(files);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < files.size() * PAGE;
  }

  @Override
  public long read(long offset, int size) {
    return 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    send(offset, (int) value);
  }

  /** The same for who does not hold its monitor: a message. */
  public void send(long offset, int value) {
    ImsicFile file = files.get((int) (offset / PAGE));
    switch ((int) (offset % PAGE)) {
      case SET_LITTLE_ENDIAN -> file.receive(value);
      case SET_BIG_ENDIAN -> file.receive(Integer.reverseBytes(value));
      default -> {} // Reserved.
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state() {
    return new State(files.stream().map(ImsicFile::state).toList());
  }

  @Override
  public void restore(State state) {
    StateShape.requireCount("interrupt files", state.files.size(), files.size());
    for (int hart = 0; hart < files.size(); hart++) {
      files.get(hart).restore(state.files.get(hart));
    }
  }
}
