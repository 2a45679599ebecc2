package atoll.nbd;

/** Numbers of the protocol, as its specification has them (NetworkBlockDevice, doc/proto.md). */
final class Protocol {
  static final int PORT = 10_809;

  /** Bytes of a name that every end must take. */
  static final int NAME_MOST = 4096;

  // Handshake.
  static final long MAGIC = 0x4e42_444d_4147_4943L; // NBDMAGIC
  static final long OPTION_MAGIC = 0x4948_4156_454f_5054L; // IHAVEOPT
  static final long OLDSTYLE_MAGIC = 0x0000_4202_8186_1253L;
  static final long OPTION_REPLY_MAGIC = 0x0003_e889_0455_65a9L;
  static final int FIXED_NEWSTYLE = 1;
  static final int NO_ZEROES = 1 << 1;

  /** Bytes of zeroes behind the answer to EXPORT_NAME, unless both ends leave them out. */
  static final int ZEROES = 124;

  static final int OPT_EXPORT_NAME = 1;
  static final int OPT_ABORT = 2;
  static final int OPT_LIST = 3;
  static final int OPT_STARTTLS = 5;
  static final int OPT_INFO = 6;
  static final int OPT_GO = 7;
  static final int OPT_STRUCTURED_REPLY = 8;
  static final int OPT_LIST_META_CONTEXT = 9;
  static final int OPT_SET_META_CONTEXT = 10;

  static final int REP_ACK = 1;
  static final int REP_SERVER = 2;
  static final int REP_INFO = 3;
  static final int REP_META_CONTEXT = 4;
  static final int REP_ERROR = 1 << 31;
  static final int REP_ERR_UNSUP = REP_ERROR | 1;
  static final int REP_ERR_INVALID = REP_ERROR | 3;
  static final int REP_ERR_TLS_REQD = REP_ERROR | 5;
  static final int REP_ERR_UNKNOWN = REP_ERROR | 6;
  static final int REP_ERR_TOO_BIG = REP_ERROR | 9;

  static final int INFO_EXPORT = 0;
  static final int INFO_NAME = 1;
  static final int INFO_DESCRIPTION = 2;
  static final int INFO_BLOCK_SIZE = 3;

  static final String ALLOCATION = "base:allocation";
  static final int STATE_HOLE = 1;
  static final int STATE_ZERO = 1 << 1;

  // Flags of an export.
  static final int HAS_FLAGS = 1;
  static final int READ_ONLY = 1 << 1;
  static final int SEND_FLUSH = 1 << 2;
  static final int SEND_FUA = 1 << 3;
  static final int SEND_TRIM = 1 << 5;
  static final int SEND_WRITE_ZEROES = 1 << 6;
  static final int SEND_DF = 1 << 7;
  static final int CAN_MULTI_CONN = 1 << 8;

  // Requests.
  static final int REQUEST_MAGIC = 0x2560_9513;
  static final int REQUEST_SIZE = 28;
  static final int CMD_READ = 0;
  static final int CMD_WRITE = 1;
  static final int CMD_DISC = 2;
  static final int CMD_FLUSH = 3;
  static final int CMD_TRIM = 4;
  static final int CMD_WRITE_ZEROES = 6;
  static final int CMD_BLOCK_STATUS = 7;
  static final int FLAG_FUA = 1;
  static final int FLAG_NO_HOLE = 1 << 1;
  static final int FLAG_DF = 1 << 2;
  static final int FLAG_REQ_ONE = 1 << 3;

  /** Bytes of data that a request may have, unless the ends agree on something else. */
  static final int PAYLOAD_MOST = 32 << 20;

  // Replies.
  static final int SIMPLE_REPLY_MAGIC = 0x6744_6698;
  static final int STRUCTURED_REPLY_MAGIC = 0x668e_33ef;
  static final int REPLY_DONE = 1;
  static final int REPLY_NONE = 0;
  static final int REPLY_OFFSET_DATA = 1;
  static final int REPLY_OFFSET_HOLE = 2;
  static final int REPLY_BLOCK_STATUS = 5;
  static final int REPLY_ERROR = 1 << 15 | 1;
  static final int REPLY_ERROR_BIT = 1 << 15;

  // Errors.
  static final int EPERM = 1;
  static final int EIO = 5;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EOVERFLOW = 75;
  static final int ENOTSUP = 95;
  static final int ESHUTDOWN = 108;

  private Protocol() {}

  /** An error in words. */
  static String error(int number) {
    return switch (number) {
      case EPERM -> "it is not permitted (EPERM)";
      case EIO -> "input or output error (EIO)";
      case ENOMEM -> "it has no memory (ENOMEM)";
      case EINVAL -> "the request is not valid (EINVAL)";
      case ENOSPC -> "no space is left there (ENOSPC)";
      case EOVERFLOW -> "the request is too large (EOVERFLOW)";
      case ENOTSUP -> "it cannot do that (ENOTSUP)";
      case ESHUTDOWN -> "it shuts down (ESHUTDOWN)";
      default -> "error " + Integer.toUnsignedString(number);
    };
  }
}
