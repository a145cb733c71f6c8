# In place of redis:7.4-alpine.
FROM localhost/rehearsal:base
WORKDIR /data
CMD ["redis-server", "--protected-mode", "no"]
