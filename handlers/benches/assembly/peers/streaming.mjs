// One entry at a time as a stream: inflated, deflated again, uploaded in parts.
import { PassThrough } from "node:stream";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import archiver from "archiver";
import unzipper from "unzipper";

const client = new S3Client({
  endpoint: process.env.AWS_ENDPOINT_URL_S3,
  forcePathStyle: true,
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
});
const result = archiver("zip");
const Body = result.pipe(new PassThrough({ highWaterMark: 1 << 20 }));
const upload = new Upload({
  client,
  partSize: 8 << 20,
  params: { Bucket: "archives", Key: "result.zip", Body },
}).done();
for (let source = 0; source < 10; source++) {
  const get = new GetObjectCommand({ Bucket: "sources", Key: `${source}.zip` });
  const { Body: body } = await client.send(get);
  for await (const entry of body.pipe(unzipper.Parse({ forceStream: true }))) {
    const done = new Promise((resolve, reject) => {
      result.once("entry", resolve);
      result.once("error", reject);
    });
    result.append(entry, { name: `source ${source}/${entry.path}` });
    await done;
  }
}
await result.finalize();
await upload;
