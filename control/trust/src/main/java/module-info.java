/** What a system is made from: signed, verified, held while it runs, and measured. */
module atoll.trust {
  requires atoll.host;
  requires atoll.disk;
  requires atoll.image;
  requires atoll.keys;
  requires atoll.scenario;

  exports atoll.trust to
      atoll.manager,
      atoll.server,
      atoll.front;
}
