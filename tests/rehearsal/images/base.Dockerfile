# What all stand-ins share: a Debian with the programs the official images bring.
FROM localhost/rehearsal:debian
RUN ln -s /usr/bin/python3 /usr/local/bin/python
