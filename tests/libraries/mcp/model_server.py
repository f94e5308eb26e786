# SPDX-License-Identifier: Apache-2.0
"""A server on its standard output whose tool asks a model: the last process of a trace over three of them."""

# Without postponed annotations, which the oldest SDK does not resolve in a tool's signature.
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from files import tracing

from spanwright.instrumentors.mcp import McpInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

provider = tracing()
for kind in (McpInstrumentor, OpenAIInstrumentor):
    kind().instrument(tracer_provider=provider)

import openai
from servers import Application

app = Application("oracle")


@app.tool()
async def consult(question: str) -> str:
    """Consult a model."""
    async with openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0) as client:
        answer = await client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": question}]
        )
    return answer.choices[0].message.content


app.run("stdio")
