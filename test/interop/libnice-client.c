/*
 * An MSTURN client that we did not write: libnice's ICE agent in its Office Communicator modes. It gathers candidates
 * through one relay, prints those it reached, closes the agent (which gives the allocation back) and ends.
 *
 *   libnice-client OC2007|OC2007R2 udp|tcp|tls ADDRESS PORT USERNAME PASSWORD      user and password in base64
 *
 * Output, a line each: "relayed ADDRESS PORT", "reflexive ADDRESS PORT", "gathered", "closed".
 */
#include <agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static GMainLoop *loop;

static void receive(NiceAgent *agent, guint stream, guint component, guint length, gchar *bytes, gpointer data) {
  (void)agent, (void)stream, (void)component, (void)length, (void)bytes, (void)data;
}

static gboolean give_up(gpointer data) {
  (void)data;
  puts("timeout");
  exit(1);
}

static void closed(GObject *agent, GAsyncResult *result, gpointer data) {
  (void)agent, (void)result, (void)data;
  puts("closed");
  g_main_loop_quit(loop);
}

static void gathered(NiceAgent *agent, guint stream, gpointer data) {
  GSList *candidates = nice_agent_get_local_candidates(agent, stream, 1);
  (void)data;
  for (GSList *at = candidates; at != NULL; at = at->next) {
    NiceCandidate *candidate = at->data;
    gchar address[NICE_ADDRESS_STRING_LEN];
    const char *kind = candidate->type == NICE_CANDIDATE_TYPE_RELAYED            ? "relayed"
                       : candidate->type == NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE ? "reflexive"
                                                                                 : NULL;
    nice_address_to_string(&candidate->addr, address);
    if (kind != NULL) printf("%s %s %u\n", kind, address, nice_address_get_port(&candidate->addr));
  }
  g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
  puts("gathered");
  nice_agent_close_async(agent, closed, NULL);
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  NiceCompatibility age = strcmp(argv[1], "OC2007") == 0 ? NICE_COMPATIBILITY_OC2007 : NICE_COMPATIBILITY_OC2007R2;
  NiceRelayType relay = strcmp(argv[2], "udp") == 0   ? NICE_RELAY_TYPE_TURN_UDP
                        : strcmp(argv[2], "tcp") == 0 ? NICE_RELAY_TYPE_TURN_TCP
                                                      : NICE_RELAY_TYPE_TURN_TLS;
  NiceAddress local;
  setvbuf(stdout, NULL, _IOLBF, 0);
  loop = g_main_loop_new(NULL, FALSE);
  NiceAgent *agent = nice_agent_new(g_main_loop_get_context(loop), age);
  /*
   * Over TCP libnice 0.1.21 frames its requests rightly only on the connection that it opens for TCP candidates; the
   * other one says 03 where the length should begin, and a server drops it (MS-TURN section 3.1.10).
   */
  g_object_set(agent, "ice-tcp", relay != NICE_RELAY_TYPE_TURN_UDP, "upnp", FALSE, NULL);
  nice_address_init(&local);
  nice_address_set_from_string(&local, "127.0.0.1");
  nice_agent_add_local_address(agent, &local);
  guint stream = nice_agent_add_stream(agent, 1);
  nice_agent_set_relay_info(agent, stream, 1, argv[3], (guint)atoi(argv[4]), argv[5], argv[6], relay);
  nice_agent_attach_recv(agent, stream, 1, g_main_loop_get_context(loop), receive, NULL);
  g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(gathered), NULL);
  g_timeout_add_seconds(20, give_up, NULL);
  if (!nice_agent_gather_candidates(agent, stream)) return 3;
  g_main_loop_run(loop);
  g_object_unref(agent);
  return 0;
}
