/** Asks another service through the gateway that this page came from: no address, no CORS. */
const form = document.querySelector('form');
const output = document.querySelector('output');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const path = new FormData(form).get('path');
  try {
    const response = await fetch(path, { headers: { accept: 'application/json' } });
    const replica = response.headers.get('x-msvc-replica');
    const text = await response.text();
    output.textContent = `${response.status}${replica ? ` from ${replica}` : ''}\n${pretty(text)}`;
  } catch (error) {
    output.textContent = error.message;
  }
});

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text.slice(0, 2000);
  }
}
