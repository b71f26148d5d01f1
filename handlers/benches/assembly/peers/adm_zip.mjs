// Archives in memory: each source whole, each entry inflated and deflated again, the result whole.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import AdmZip from "adm-zip";

const client = new S3Client({
  endpoint: process.env.AWS_ENDPOINT_URL_S3,
  forcePathStyle: true,
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
});
const result = new AdmZip();
for (let source = 0; source < 10; source++) {
  const get = new GetObjectCommand({ Bucket: "sources", Key: `${source}.zip` });
  const body = await (await client.send(get)).Body.transformToByteArray();
  for (const entry of new AdmZip(Buffer.from(body)).getEntries()) {
    result.addFile(`source ${source}/${entry.entryName}`, entry.getData());
  }
}
const Body = result.toBuffer();
await client.send(new PutObjectCommand({ Bucket: "archives", Key: "result.zip", Body }));
