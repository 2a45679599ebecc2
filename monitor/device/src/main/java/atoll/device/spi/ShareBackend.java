package atoll.device.spi;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The host side of a shared folder: answers a guest's messages of 9P2000.L. Used by one thread at a
 * time.
 */
public interface ShareBackend extends AutoCloseable {
  /** By what the guest knows the folder: 1 to 255 bytes of printable ASCII. */
  String tag();

  /** Where the next message is put: from its start on, with the limit behind it. */
  ByteBuffer request();

  /**
   * Serves the message in {@link #request}, which has a header at least, and never throws for what
   * it says.
   *
   * @param room bytes that the answer may have; enough for an error
   * @return the answer, until the next call
   */
  ByteBuffer answer(int room);

  /** The guest starts anew: it has nothing open, and no locks. */
  void reset();

  /** What the guest has open. */
  State state();

  /** Goes on from a state, with the same folder: what cannot be opened again is lost. */
  void restore(State state);

  @Override
  void close();

  /**
   * A guest's use of a folder.
   *
   * @param messageBytes the longest message that was agreed on; 0 before that
   * @param handles what it has numbers for
   * @param locks that it holds
   */
  record State(int messageBytes, List<Handle> handles, List<Lock> locks) {
    public State {
      handles = List.copyOf(handles);
      locks = List.copyOf(locks);
    }
  }

  /**
   * A file that the guest has a number for.
   *
   * @param fid the number
   * @param path from the folder on, without a leading slash; a character for each byte
   * @param device the host's number of its file system
   * @param inode the host's number of it there
   * @param open whether it was opened
   * @param flags with which, as the guest said them
   */
  record Handle(int fid, String path, long device, long inode, boolean open, int flags) {}

  /**
   * A lock on bytes of a file.
   *
   * @param fid the number of the file by which it was taken
   * @param client what the owner's system calls itself
   * @param process the owner there
   * @param start the first byte
   * @param end the last byte
   * @param exclusive whether nobody else may have one
   */
  record Lock(
      int fid,
      long device,
      long inode,
      String client,
      int process,
      long start,
      long end,
      boolean exclusive) {}
}
