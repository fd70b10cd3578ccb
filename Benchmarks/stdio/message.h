// A request of a given size: {"jsonrpc":"2.0","id":10000000,"method":"ping","params":{"text":"aaa…"}} and a
// line feed.
#define HEAD_TEXT "{\"jsonrpc\":\"2.0\",\"id\":"
#define ID_AT (sizeof HEAD_TEXT - 1)
#define ID_SIZE 8
#define METHOD_TEXT ",\"method\":\"ping\",\"params\":"
#define RESULT_TEXT ",\"result\"                :"
#define METHOD_AT (ID_AT + ID_SIZE)
#define METHOD_SIZE (sizeof METHOD_TEXT - 1)
#define TAIL_TEXT "{\"text\":\""
#define END_TEXT "\"}}\n"
_Static_assert(sizeof METHOD_TEXT == sizeof RESULT_TEXT, "an answer is as long as its request");
