/** Folders of the host that guests use. */
module atoll.share {
  requires atoll.host;
  requires atoll.device;

  exports atoll.share to
      atoll.manager;
}
