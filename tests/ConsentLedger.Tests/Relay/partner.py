"""A partner's own client, in another language and library than ours.

usage: partner.py URL read QUEUE COUNT
       partner.py URL write EXCHANGE ROUTING_KEY USER_ID|- CONTENT_TYPE|- < body
       partner.py URL declare QUEUE
Prints one JSON line per result; what the broker refuses is {"refused": code}.
"""
import base64
import json
import sys

import pika


def read(channel, queue, count):
    for method, properties, body in channel.consume(queue, inactivity_timeout=10):
        if method is None:
            return
        print(json.dumps({
            "exchange": method.exchange,
            "routingKey": method.routing_key,
            "contentType": properties.content_type,
            "messageId": properties.message_id,
            "deliveryMode": properties.delivery_mode,
            "headers": sorted(properties.headers or {}),
            "body": base64.b64encode(body).decode(),
        }), flush=True)
        channel.basic_ack(method.delivery_tag)
        count -= 1
        if count == 0:
            return


def write(channel, exchange, routing_key, user_id, content_type):
    channel.confirm_delivery()
    properties = pika.BasicProperties(
        user_id=None if user_id == "-" else user_id,
        content_type=None if content_type == "-" else content_type)
    channel.basic_publish(exchange, routing_key, sys.stdin.buffer.read(), properties, mandatory=True)
    print(json.dumps({"written": True}))


def main():
    url, verb, *arguments = sys.argv[1:]
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    try:
        if verb == "read":
            read(channel, arguments[0], int(arguments[1]))
        elif verb == "write":
            write(channel, *arguments)
        elif verb == "declare":
            channel.queue_declare(arguments[0], durable=True)
            print(json.dumps({"declared": True}))
    except pika.exceptions.ChannelClosedByBroker as closed:
        print(json.dumps({"refused": closed.reply_code}))
    if connection.is_open:
        connection.close()


main()
