#include <pthread.h>
#include <sys/socket.h>

const void *brygga_plugin_entry(void);
int visible(void);

const void *brygga_plugin_entry(void) { return 0; }

static void *work(void *argument) { return argument; }

int visible(void) {
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    return socket(AF_INET, SOCK_STREAM, 0);
}
