package atoll.keys;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * The certificate that a key shows in TLS (RFC 5280, 8410): its own, without an end. It says
 * nothing but the key, and nothing else of it is looked at; so it is made anew each time, and there
 * is no date on which a host stops being known. The JDK can read certificates, but makes none.
 */
final class PlainCertificate {
  // Tags of DER (X.690, section 8).
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;
  private static final int LONG_FORM = 0x80;
  private static final int TWO_BYTES = 0x82;

  private static final byte[] V3 = {2};
  private static final byte[] SERIAL = {1};

  /** The algorithm 1.3.101.112 (RFC 8410, section 3). */
  private static final byte[] ED25519 = HexFormat.of().parseHex("300506032b6570");

  /** The attribute type 2.5.4.3 (RFC 5280, appendix A.1). */
  private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");

  private static final String FIRST = "20000101000000Z";

  /** "No well-defined expiration date" (RFC 5280, section 4.1.2.5). */
  private static final String NEVER = "99991231235959Z";

  private PlainCertificate() {}

  static X509Certificate of(OwnKey key) {
    byte[] name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, text(UTF8_STRING, "atoll"))));
    byte[] body =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, V3)),
            der(INTEGER, SERIAL),
            ED25519,
            name,
            der(SEQUENCE, text(GENERALIZED_TIME, FIRST), text(GENERALIZED_TIME, NEVER)),
            name,
            key.publicKey().getEncoded());
    try {
      byte[] whole = der(SEQUENCE, body, ED25519, der(BIT_STRING, new byte[] {0}, key.sign(body)));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(whole));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of our own making is refused", e);
    }
  }

  private static byte[] text(int tag, String text) {
    return der(tag, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    if (content.size() >= LONG_FORM) {
      whole.write(TWO_BYTES);
      whole.write(content.size() >>> 8);
    }
    whole.write(content.size());
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
