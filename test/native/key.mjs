import { createPrivateKey } from 'node:crypto';

/** A pair of 1,024 bits for tests. It is one and the same in Windows Node.js and here, which both read this file. */
export const KEY = createPrivateKey({
  format: 'der',
  type: 'pkcs8',
  encoding: 'base64',
  key: [
    'MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAL2YslsaSVV934m4OShx7CFYbsRckZo8A1XEeGA39rncjOBsilOMTGz1g4uZSR',
    'srLIcFHEwmyqHPQZoxR5aUHrbSOLd8PmUtmKBGp/9t4RcNeG1g5r7wJoJ5hrmZPg+rY33oSHHfTDwS6Jk2xFhOuipX2zgcPzGOwEg/D5VdvqcT',
    'AgMBAAECgYEArfoyoBqs9IA+4fdkq9JuJeMqMZHoIimzvb4937068C6ML1wqSqRRdSKNhUoxpXams3djEhX+lyDCSCW0VV6yFuiWwJy7tyfFPb',
    '5+W35z5QmjYJBuJoyU6biZO6np3h+0ROEdNG4+3Grw+ecpLX5g/Nlffi6svb3y8yRIbmx6gFECQQDkVmZBY00rXvCALBQfhJYxr+71m63uBXU/',
    'j4Krez+hzgzLkQQzqoWrtlX2f+PUqMLgpIVuMBdaaqS45OvokJFdAkEA1JDLA0bTyBvZFc5mg3+Of+JMUzRsmJypWoszETBOzxwRO6Es5nBunb',
    'IIktz8DTwR4kf5aVUByuW0LiUQviFjLwJBAJPQHofruZP+9J90aV5x3SyzIHTcX766x8jqpQNPWMTs9zl8WgT8OWYMNh/JcHpE+UqlFj9bYHLG',
    'oHWUs+asV30CQBmrKnjI0sY1Zq+VbxeuDZ0vzJu3lu2O7Xx7lr0aokmsUABtZCinpxPv7c0eVmmauWYj3uBzXXYM6wcvfqgXDA0CQGYgRDqm/f',
    '/VPnjlTIqgDZKm78OkqeWE+tNneEdthCAn+8HbxCGYe1T4sokDcymxBYblQYDdxQHMUaukBXsTiHc=',
  ].join(''),
});
